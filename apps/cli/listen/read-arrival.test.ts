import { Webhook } from 'standardwebhooks';
import { readArrival, type Identity } from './read-arrival.ts';

const secret = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
const now = new Date('2026-03-02T12:00:00Z');

const webhook: Identity = { protocol: 'webhook', secret, auth: { type: 'none' } };
const federated: Identity = { protocol: 'federated', secret, auth: { type: 'none' } };

/** A delivery, signed by the npm package. */
function request(path: string, body: string, headers: Record<string, string> = {}, method = 'POST') {
  const signed = {
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(now.getTime() / 1_000),
    'webhook-signature': new Webhook(secret).sign('msg_1', now, body),
  };
  return { method, path, headers: { ...signed, ...headers }, body: Buffer.from(body) };
}

const events = {
  'content-type': 'text/turtle',
  'ce-id': 'a%20b',
  'ce-type': 'container.gate-in',
  'ce-source': 'did:web:carrier.example',
};

test('a webhook delivery is read from its CloudEvents headers', async () => {
  expect(await readArrival(request('/', 'payload', events), webhook, now)).toEqual({
    ok: true,
    arrival: {
      id: 'msg_1',
      senderId: 'a b',
      type: 'container.gate-in',
      origin: 'did:web:carrier.example',
      contentType: 'text/turtle',
      payload: Buffer.from('payload'),
    },
  });
});

test('a FEDeRATED delivery is read from its body', async () => {
  const call = {
    recordedTime: 1,
    messageId: 'm',
    messageType: 'event',
    message: 'e30=',
    origin: 'did:web:carrier.example',
  };
  const arrival = {
    id: 'msg_1',
    senderId: 'm',
    type: 'event',
    origin: 'did:web:carrier.example',
    contentType: 'application/json',
    payload: Buffer.from('{}'),
  };
  const read = (body: object) => readArrival(request('/api/message', JSON.stringify(body)), federated, now);
  expect(await read(call)).toEqual({ ok: true, arrival });
  expect(await read({ ...call, eventType: 'a.b' })).toEqual({ ok: true, arrival: { ...arrival, type: 'event (a.b)' } });
});

test.each(['[]', 'null', '{', '{"messageId": 1}'])('a FEDeRATED node refuses the body %s', async (body) => {
  expect(await readArrival(request('/api/message', body), federated, now)).toMatchObject({ ok: false, status: 400 });
});

test('what the orchestrator did not sign is refused', async () => {
  const forged = { ...request('/', 'payload', events), body: Buffer.from('Payload') };
  expect(await readArrival(forged, webhook, now)).toMatchObject({
    ok: false,
    status: 401,
    reason: expect.stringContaining('signature wrong') as string,
  });
});

test.each([
  ['/api/message', webhook, 'POST', 404],
  ['/', federated, 'POST', 404],
  ['/', webhook, 'GET', 405],
])('a request to %s is refused by a node that is not there', async (path, identity, method, status) => {
  expect(await readArrival(request(path, '', {}, method), identity, now)).toMatchObject({ ok: false, status });
});

test.each([
  [{ type: 'api-key', header: 'X-Key', value: 'v' }, { 'x-key': 'v' }],
  [{ type: 'basic', username: 'me', password: 'p' }, { authorization: 'Basic bWU6cA==' }],
  [{ type: 'bearer', token: 't' }, { authorization: 'Bearer t' }],
] as const)('the credentials %j have to come along', async (auth, headers) => {
  const judge = (given: Record<string, string>) =>
    readArrival(request('/', 'x', { ...events, ...given }), { ...webhook, auth }, now);
  expect(await judge(headers)).toMatchObject({ ok: true });
  expect(await judge({})).toMatchObject({ ok: false, status: 401 });
  const wrong = Object.fromEntries(Object.keys(headers).map((name) => [name, 'wrong']));
  expect(await judge(wrong)).toMatchObject({ ok: false, status: 401 });
});
