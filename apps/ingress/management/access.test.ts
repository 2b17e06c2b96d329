import { recordingReport, startTestPostgres, type TestPostgres } from '#testkit';
import { startManagement, type ManagementUnderTest } from './management-under-test.ts';

// Written from the contract (section 4), not from the table of routes: a route that is not in this one fails.
const ALL = 'admin operator viewer';
const MANAGING = 'admin operator';
const RIGHTS: Readonly<Record<string, string>> = {
  'post /token': 'everyone',
  'post /session': 'everyone',
  'get /session': ALL,
  'delete /session': 'everyone',
  'post /connect/token': 'everyone',
  'get /nodes': ALL,
  'get /nodes/{id}': ALL,
  'put /nodes/{id}': MANAGING,
  'patch /nodes/{id}': MANAGING,
  'delete /nodes/{id}': MANAGING,
  'post /nodes/{id}/pause': MANAGING,
  'post /nodes/{id}/resume': MANAGING,
  'post /nodes/{id}/rotate-secret': 'admin',
  'post /nodes/{id}/ping': MANAGING,
  'get /nodes/{id}/keys': 'admin',
  'post /nodes/{id}/keys': 'admin',
  'delete /nodes/{id}/keys/{key}': 'admin',
  'get /messages': `${ALL} node`,
  'get /messages/{id}': `${ALL} node`,
  'get /messages/{id}/payload': `${ALL} node`,
  'get /messages/{id}/attempts': `${ALL} node`,
  'get /deliveries': ALL,
  'post /deliveries/replay': MANAGING,
  'post /deliveries/cancel': MANAGING,
  'get /stats': ALL,
  'get /overview/series': ALL,
  'get /overview/nodes': ALL,
  'get /overview/nodes/{id}': ALL,
  'get /overview/frozen': ALL,
  'get /overview/attention': ALL,
  'get /overview/fleet': ALL,
  'get /changes': ALL,
  'post /purge': MANAGING,
  'get /log': ALL,
  'get /users': 'admin',
  'post /users': 'admin',
  'get /users/{id}': 'admin',
  'patch /users/{id}': 'admin',
  'delete /users/{id}': 'admin',
  'get /audit': 'admin',
  'get /audit/verify': 'admin',
  'post /secrets/reseal': 'admin',
  'get /deliveries/{id}/evidence': ALL,
  'get /evidence/keys': 'everyone',
};

const UUID = '018f0000-0000-7000-8000-000000000000';
let postgres: TestPostgres;
let api: ManagementUnderTest;
beforeAll(async () => {
  postgres = await startTestPostgres();
  api = await startManagement(postgres.url, recordingReport());
});
afterAll(async () => {
  await api.stop();
  await postgres.stop();
});

test('every route is in the table of rights, and every right has a route', () => {
  expect(api.routes.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(Object.keys(RIGHTS).sort());
});

/** Calls a route in a way that does nothing: nothing is there by these names, and the bodies are wrong. Log-ins are counted by name. */
async function statusOf(route: string, as: string | null): Promise<number> {
  const [method, path] = route.split(' ') as ['get', string];
  const at = path.replace('{id}', path.startsWith('/nodes') ? 'nobody' : UUID).replace('{key}', UUID);
  const body = method === 'get' || method === 'delete' ? undefined : { unknown: 1, username: route };
  return (await api.call(method, at, { as, body })).status;
}

describe.each(Object.entries(RIGHTS))('%s', (route, rights) => {
  test(rights === 'everyone' ? 'is open to everyone' : 'refuses who is not known', async () => {
    const status = await statusOf(route, null);
    // To sign out, anyone may come with anything.
    if (rights === 'everyone') expect(route === 'delete /session' ? [204] : [200, 400]).toContain(status);
    else expect(status).toBe(401);
  });

  test.each(['admin', 'operator', 'viewer', 'node'])('by %s', async (as) => {
    const mayCall = rights === 'everyone' || rights.split(' ').includes(as);
    const status = await statusOf(route, as);
    if (mayCall) expect([200, 204, 400, 404]).toContain(status);
    else expect(status).toBe(403);
  });
});

test.each(['/nodes', '/users', '/messages', '/deliveries', '/log'])(
  '%s/ and below: nothing without a principal',
  async (path) => {
    expect((await api.call('get', `${path}/whatever/else`, { as: null })).status).toBe(401);
  },
);

test('a method that a path does not have is answered 405 with those it has', async () => {
  const { status, headers } = await api.call('delete', '/messages');
  expect(status).toBe(405);
  expect(headers.get('allow')).toBe('GET');
});
