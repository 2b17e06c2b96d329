import { startTestPostgres, type TestPostgres } from '#testkit';
import { acceptedOf, problemOf, startSystem, type RegisteredNode, type TestSystem } from '../../system/index.ts';
import { ACCEPTED, BROKEN_DOCUMENTS, NO_UTF8, REFUSED } from './cases.ts';

let postgres: TestPostgres;
let system: TestSystem;
let node: RegisteredNode;
beforeAll(async () => {
  postgres = await startTestPostgres();
  system = await startSystem({ databaseUrl: postgres.url, queueUrl: 'database' });
  node = await system.node();
});
afterAll(async () => {
  await system.stop();
  await postgres.stop();
});

type Case = readonly [rule: string, shown: string, text: string | Buffer, stored: string];

const shownAs = (text: string) => JSON.stringify(text.length > 40 ? `${text.slice(0, 37)}…` : text);
const accepted: Case[] = Object.entries(ACCEPTED).flatMap(([rule, texts]) =>
  texts.map((one): Case => {
    const [text, stored] = typeof one === 'string' ? [one, one] : one;
    return [rule, shownAs(text), text, stored];
  }),
);
const refused: Case[] = [
  ...Object.entries(REFUSED).flatMap(([rule, texts]) => texts.map((text): Case => [rule, shownAs(text), text, ''])),
  ...Object.entries(NO_UTF8).map(([rule, bytes]): Case => ['no UTF-8', rule, bytes, '']),
];

function around(before: string, text: string | Buffer): Buffer {
  return Buffer.concat([Buffer.from(before), Buffer.from(text as string), Buffer.from('}')]);
}

const message = () => `{"type":"t","destinations":["${node.id}"]}`;
const send = (body: Buffer | string) => system.call('POST', '/api/v1/messages', { key: node.key, body });
const sendPayload = (text: string | Buffer) => send(around(`${message().slice(0, -1)},"payload":`, text));
const rename = (text: string | Buffer) =>
  system.call('PATCH', `/api/v1/nodes/${node.id}`, { body: around('{"name":', text) });

async function payloadOf(id: string): Promise<string> {
  const headers = { 'x-api-key': node.key };
  return (await fetch(`${system.url}/api/v1/messages/${id}/payload`, { headers })).text();
}

/** A text of one line, of characters that there are, as long as a name may be. */
function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value.length <= 255 && !/[\p{Cc}\p{Cs}]/u.test(value);
}

test('there are cases enough', () => {
  expect(accepted.length + refused.length + Object.keys(BROKEN_DOCUMENTS).length).toBeGreaterThanOrEqual(150);
});

describe('as a payload', () => {
  test.each(accepted)(
    '%s, %s, is accepted, and is stored and delivered byte for byte',
    async (_, _shown, text, stored) => {
      const { id } = acceptedOf(await sendPayload(text));
      expect(await payloadOf(id)).toBe(stored);
      await system.until(id, node.id, ({ state }) => state === 'delivered');
      expect(node.server.requests.at(-1)?.body.toString()).toBe(stored);
    },
  );

  test.each(refused)('%s, %s, is a 400', async (_, _shown, text) => {
    problemOf(await sendPayload(text), 400);
  });
});

describe('as a member of a document of ours', () => {
  test.each(accepted)('%s, %s, is taken for what it means', async (_, _shown, text) => {
    const meant = JSON.parse(String(text)) as unknown;
    const answer = await rename(text);
    if (isName(meant)) expect(answer).toMatchObject({ status: 200, body: { name: meant } });
    else problemOf(answer, 400);
  });

  test.each(refused)('%s, %s, is a 400', async (_, _shown, text) => {
    problemOf(await rename(text), 400);
  });
});

describe('a whole document', () => {
  test.each(Object.entries(BROKEN_DOCUMENTS))('%s is a 400', async (_, broken) => {
    const right = message().replace('}', ',"payload":1}');
    problemOf(await send(Buffer.from(broken(right) as string)), 400);
    const name = await system.call('PATCH', `/api/v1/nodes/${node.id}`, {
      body: Buffer.from(broken('{"name":"broken"}') as string),
    });
    problemOf(name, 400);
  });

  test('with spaces around it, and with each name in escapes, is as good as another', async () => {
    const escaped = message()
      .replace('}', ',"payload":1}')
      .replaceAll('"type"', String.raw`"\u0074ype"`);
    acceptedOf(await send(` \t\r\n${escaped}\n`));
    expect((await system.call('PATCH', `/api/v1/nodes/${node.id}`, { body: '\n{ "name" : "fine" }\n' })).status).toBe(
      200,
    );
  });

  test('that names a member twice means the last of them, and passes on that one', async () => {
    const twice = message().replace('}', ',"payload":1,"payload":[2]}');
    const { id } = acceptedOf(await send(twice));
    expect(await payloadOf(id)).toBe('[2]');
  });
});
