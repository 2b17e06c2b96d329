import { createHash, createPublicKey, randomBytes, verify } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { makeAuthority, startTestNode, startTestPostgres, startTokenServer, type TestPostgres } from '#testkit';
import { read, startSystem, waitUntil, type TestSystem } from '../system/index.ts';

const OLD = `old-${randomBytes(40).toString('base64url')}`;
const NEW = `new-${randomBytes(40).toString('base64url')}`;
const canary = (name: string) => `canary-${name}-${randomBytes(12).toString('hex')}`;
const party = makeAuthority().makeParty('EU.EORI.NL000000001');
const used = {
  apiKey: canary('api-key'),
  password: canary('basic'),
  bearer: canary('bearer'),
  clientSecret: canary('client-secret'),
  userPassword: canary('user'),
  whsec: `whsec_${randomBytes(32).toString('base64')}`,
  adminPassword: 'only for the tests',
};

let postgres: TestPostgres;
let system: TestSystem;
beforeAll(async () => {
  postgres = await startTestPostgres();
  system = await open({ secret: OLD });
});
afterAll(async () => {
  await system.stop();
  await postgres.stop();
});

const open = (security: Record<string, string>) =>
  startSystem({ databaseUrl: postgres.url, queueUrl: 'database' }, { config: { security } });

/** All that is in the database, as text, in the notations that a value may be stored in. */
async function dump(): Promise<string> {
  const tables = await system.query(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
  );
  const rows: string[] = [];
  for (const { name } of tables) {
    for (const row of await system.query(`SELECT t::text AS row FROM ${String(name)} t`)) rows.push(String(row['row']));
  }
  return rows.join('\n');
}

function notationsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  // base64 depends on where in a longer text it begins: the middle of it is the same for one of three.
  const shifted = [0, 1, 2].map((n) =>
    Buffer.concat([Buffer.alloc(n), bytes])
      .toString('base64')
      .slice(4, -4),
  );
  return [secret, bytes.toString('hex'), ...shifted];
}

test('a dump of the database and all that was logged hold no secret that was used', async () => {
  const receiver = await startTestNode();
  const server = await startTokenServer();
  const { url } = receiver;
  const nodes: Record<string, object> = {
    'by-key': { auth: { type: 'api-key', header: 'x-key', value: used.apiKey }, secret: used.whsec },
    'by-basic': { auth: { type: 'basic', username: 'us', password: used.password } },
    'by-bearer': { auth: { type: 'bearer', token: used.bearer } },
    'by-oauth2': { auth: { type: 'oauth2', tokenUrl: server.url, clientId: 'us', clientSecret: used.clientSecret } },
    'by-ishare': {
      auth: {
        type: 'ishare',
        tokenUrl: server.url,
        partyId: 'EU.EORI.NL000000002',
        clientId: party.id,
        privateKey: party.privateKey,
        certificates: party.certificates,
      },
    },
  };
  const keys: string[] = [];
  for (const [id, fields] of Object.entries(nodes)) keys.push(await system.register(id, { url, ...fields }));
  await system.call('POST', '/api/v1/users', {
    body: { username: 'ann', password: used.userPassword, role: 'viewer' },
  });
  const login = { grant_type: 'password', username: 'ann', password: used.userPassword };
  const signedIn = await system.call('POST', '/api/v1/token', { key: null, body: login });
  const { access_token: token } = signedIn.body as { access_token: string };
  await system.call('POST', '/api/v1/token', { key: null, body: { ...login, username: used.userPassword } });
  const { id } = await system.send(keys[0] ?? '', { destinations: Object.keys(nodes) });
  for (const node of Object.keys(nodes)) await system.until(id, node, ({ state }) => state === 'delivered');
  receiver.answer({ status: 401, body: 'no' });
  await system.send(keys[1] ?? '', { destinations: ['by-basic', 'by-oauth2'] });
  await receiver.waitFor(Object.keys(nodes).length + 3);

  const rotated = await system.call('POST', '/api/v1/nodes/by-key/rotate-secret', { body: {} });
  const { secret } = rotated.body as { secret: string };
  const privateKey = party.privateKey.split('\n').slice(1, -2).join('');
  const tokens = ['token-1', 'token-2'].map((text) => `"${text}"`);
  const secrets = [...Object.values(used), ...keys, token, secret, OLD, privateKey, ...tokens];
  const stored = await dump();
  const logged = JSON.stringify(system.report.reported);
  for (const one of secrets) {
    for (const notation of notationsOf(one)) {
      expect(stored).not.toContain(notation);
      expect(logged).not.toContain(notation);
    }
  }
  // The search finds what is there.
  expect(stored).toContain('by-oauth2');
  expect(logged).toContain('by-oauth2');
  await Promise.all([receiver.close(), server.close()]);
});

test('nothing of it is in the files of the database either', async () => {
  await system.query('CHECKPOINT');
  const [{ data_directory: folder } = {}] = await system.query('SHOW data_directory');
  const files = readdirSync(String(folder), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const wanted = Object.values(used).map((secret) => Buffer.from(secret));
  for (const { parentPath, name } of files) {
    const bytes = readFileSync(join(parentPath, name));
    for (const secret of wanted) expect(bytes.includes(secret)).toBe(false);
  }
});

test('after a change of the secret nothing is lost, nobody is signed out, and one command makes the older one useless', async () => {
  const login = { grant_type: 'password', username: 'ann', password: used.userPassword };
  const signedIn = await system.call('POST', '/api/v1/token', { key: null, body: login });
  const { access_token: token } = signedIn.body as { access_token: string };
  const headers = { authorization: `Bearer ${token}` };
  await system.stop();

  system = await open({ secret: NEW, previousSecret: OLD });
  expect((await system.call('GET', '/api/v1/nodes', { key: null, headers })).status).toBe(200);
  const before = await system.call('POST', '/api/v1/secrets/reseal');
  expect(before.body).toEqual({ nodes: 5 });
  expect((await system.call('POST', '/api/v1/secrets/reseal')).body).toEqual({ nodes: 0 });
  await system.stop();

  system = await open({ secret: NEW });
  expect((await system.call('GET', '/api/v1/nodes', { key: null, headers })).status).toBe(401);
  const node = await system.call('GET', '/api/v1/nodes/by-basic');
  expect(node.body).toMatchObject({ auth: { type: 'basic' } });
});

describe('the audit', () => {
  const verdictSchema = z.object({
    records: z.number(),
    head: z.string().nullable(),
    brokenAt: z.string().nullable(),
    knows: z.boolean().nullable(),
  });
  const verdict = async (head = '') =>
    read(await system.call('GET', `/api/v1/audit/verify${head}`), [200], verdictSchema);

  test('goes on over purges, and is in order although many write at once', async () => {
    const ids = Array.from({ length: 10 }, (_, i) => `at-once-${i}`);
    await Promise.all(ids.map((id) => system.register(id, { url: 'http://127.0.0.1:9/' })));
    await system.query('DELETE FROM log_record');
    const { records, brokenAt, head } = await verdict();
    expect(brokenAt).toBeNull();
    expect(records).toBeGreaterThanOrEqual(20);
    expect(await verdict(`?head=${head}`)).toMatchObject({ knows: true });
    const list = await system.call('GET', '/api/v1/audit?limit=500');
    const entries = (list.body as { items: { entry: string }[] }).items.map(({ entry }) => JSON.parse(entry) as object);
    expect(entries).toContainEqual(
      expect.objectContaining({ actor: 'user:admin', action: 'node.created', node: 'at-once-3' }),
    );
  });

  test('can not be changed by mistake', async () => {
    await expect(system.query('DELETE FROM audit_record WHERE id = 3')).rejects.toThrow('audit_record only grows');
    await expect(system.query(`UPDATE audit_record SET entry = '{}' WHERE id = 3`)).rejects.toThrow('only grows');
  });

  test('shows a record that was changed, one that is missing, and an end that was cut off', async () => {
    const { records, head } = await verdict();
    await system.query('ALTER TABLE audit_record DISABLE TRIGGER USER');
    await system.query(`CREATE TABLE kept AS SELECT * FROM audit_record`);
    await system.query(`UPDATE audit_record SET entry = replace(entry, 'user:admin', 'user:other') WHERE id = 3`);
    expect(await verdict()).toMatchObject({ records: 2, brokenAt: '3' });
    await system.query('DELETE FROM audit_record WHERE id = 3');
    expect(await verdict()).toMatchObject({ records: 2, brokenAt: '4' });
    await system.query(`INSERT INTO audit_record SELECT * FROM kept WHERE id = 3`);
    expect(await verdict(`?head=${head}`)).toMatchObject({ records, brokenAt: null, knows: true });
    await system.query(`DELETE FROM audit_record WHERE id > ${records - 2}`);
    expect(await verdict(`?head=${head}`)).toMatchObject({ records: records - 2, brokenAt: null, knows: false });
    await system.query('ALTER TABLE audit_record ENABLE TRIGGER USER');
  });
});

test('evidence of a delivery is verified with nothing but what is public', async () => {
  const receiver = await system.node({});
  const { id } = await system.send(receiver.key, { destinations: [receiver.id], payload: { a: 1 } });
  const delivery = await waitUntil(
    () => system.delivery(id, receiver.id),
    ({ state }) => state === 'delivered',
  );
  const answer = await system.call('GET', `/api/v1/deliveries/${delivery.id}/evidence`);
  const [header = '', payload = '', signature = ''] = (answer.body as { evidence: string }).evidence.split('.');
  const keys = await system.call('GET', '/api/v1/evidence/keys', { key: null });
  const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { kid: string };
  const jwk = (keys.body as { keys: { kid: string }[] }).keys.find((one) => one.kid === kid);
  const key = createPublicKey({ key: jwk as never, format: 'jwk' });
  const text = Buffer.from(`${header}.${payload}`);
  expect(verify(null, text, key, Buffer.from(signature, 'base64url'))).toBe(true);
  expect(verify(null, Buffer.from(`${header}.${payload}x`), key, Buffer.from(signature, 'base64url'))).toBe(false);
  const digest = createHash('sha256').update('{"a":1}').digest('hex');
  expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toMatchObject({
    message: id,
    node: receiver.id,
    nodeDid: receiver.did,
    digest,
    state: 'delivered',
    status: 200,
    attempt: 1,
  });
});
