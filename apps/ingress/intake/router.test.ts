import { readFileSync } from 'node:fs';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { BatcherFull } from '#core';
import { LARGEST_BODY, startApp, type AppUnderTest, type TestAnswer } from '../app-under-test.ts';

let app: AppUnderTest;
beforeEach(async () => {
  app = await startApp();
});
afterEach(() => app.stop());

const JSON_TYPE = { 'content-type': 'application/json' };
const sample = (name: string) => readFileSync(`samples/${name}`, 'utf8');

interface Sent {
  readonly key?: string;
  readonly headers?: Record<string, string | string[]>;
}

function post(path: string, body: unknown, { key = 'key-of-terminal', headers = {} }: Sent = {}): Promise<TestAnswer> {
  const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  return app.send({ path, headers: { 'x-api-key': key, ...JSON_TYPE, ...headers }, body: text });
}
const sendNative = (body: unknown, sent?: Sent) => post('/api/v1/messages', body, sent);
const sendFederated = (body: unknown, sent?: Sent) => post('/api/message', body, sent);

function asUser(role: string): Record<string, string> {
  return { authorization: `Bearer ${app.tokenOf(role)}`, ...JSON_TYPE };
}

/** A problem document and nothing stored. */
function expectProblem(answer: TestAnswer, status: number, ...paths: string[]): void {
  expect(answer.status).toBe(status);
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(answer.json()).toMatchObject({
    type: expect.stringMatching(/^urn:problem:/),
    status,
    title: expect.any(String),
  });
  if (paths.length > 0) {
    expect((answer.json().errors as { path: string }[]).map(({ path }) => path)).toEqual(paths);
  }
  expect(app.stored).toEqual([]);
}

describe("the FEDeRATED node's call", () => {
  const call = { ...(JSON.parse(sample('federated-event.json')) as Record<string, unknown>) };

  test.each(['/api/message', '//api/message'])('is taken at %s', async (path) => {
    const answer = await post(path, sample('federated-event.json'), { key: 'key-of-carrier' });
    expect(answer.status).toBe(202);
    expect(answer.json()).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      deliveries: [
        { node: 'customs', state: 'pending' },
        { node: 'terminal', state: 'pending' },
      ],
    });
    const [message] = app.stored;
    expect(message).toMatchObject({
      id: answer.json().id,
      origin: 'carrier',
      source: 'did:web:carrier.example.org',
      senderId: call.messageId,
      type: 'event',
      recordedTime: '1772433901',
      nodes: ['customs', 'terminal'],
    });
    expect(message?.payload.toString('base64')).toBe(call.message);
  });

  test('broadcasts to every node but the origin, whatever its destinations say', async () => {
    const body = { ...call, distributionRule: 'broadcast', destinations: ['did:web:nobody'] };
    const answer = await sendFederated(body);
    expect(answer.status).toBe(202);
    expect(app.stored[0]?.nodes).toEqual(['customs', 'carrier']);
  });

  test('without a rule is static with destinations, a broadcast without', async () => {
    const bare = { ...call, distributionRule: undefined, destinations: undefined };
    await sendFederated({ ...bare, messageId: 'a', destinations: ['customs'] });
    await sendFederated({ ...bare, messageId: 'b', destinations: [] });
    await sendFederated({ ...bare, messageId: 'c' });
    await sendFederated({ ...bare, messageId: 'd', distributionRule: null, destinations: null });
    expect(app.stored.map(({ nodes }) => nodes)).toEqual([
      ['customs'],
      ['customs', 'carrier'],
      ['customs', 'carrier'],
      ['customs', 'carrier'],
    ]);
  });

  test('reaches the origin when it is named, and a node named twice once', async () => {
    await sendFederated({ ...call, destinations: ['terminal', 'did:web:terminal.example.org', 'customs', 'customs'] });
    expect(app.stored[0]?.nodes).toEqual(['terminal', 'customs']);
  });

  test('keeps the digits of recordedTime and the event type', async () => {
    const body = JSON.stringify({ ...call, eventType: 'arrival', extra: { any: 1 } }).replace(
      '1772433901',
      '1735689600.123456789',
    );
    expect((await sendFederated(body)).status).toBe(202);
    expect(app.stored[0]).toMatchObject({ recordedTime: '1735689600.123456789', eventType: 'arrival' });
  });

  test('names every destination that nobody registered, and stores nothing', async () => {
    const answer = await sendFederated({ ...call, destinations: ['did:web:a', 'customs', 'did:web:b'] });
    expectProblem(answer, 422, 'destinations', 'destinations');
    expect(answer.text).toContain('did:web:a');
    expect(answer.text).toContain('did:web:b');
    expect(answer.text).not.toContain('customs');
  });

  test('finds a destination that was registered a moment ago elsewhere', async () => {
    app.nodes.push({ id: 'new', did: 'did:web:new', subscriptions: [] });
    expect((await sendFederated({ ...call, destinations: ['did:web:new'] })).status).toBe(202);
    expect(app.registryLoads).toBe(2);
  });

  test.each([
    ['base64 without padding', { message: 'YQ' }, 'message'],
    ['base64 for URLs', { message: '_-8=' }, 'message'],
    ['base64 with a line break', { message: 'YWFh\nYWFh' }, 'message'],
    ['base64 with stray bits', { message: 'YR==' }, 'message'],
    ['no message', { message: undefined }, 'message'],
    ['another rule', { distributionRule: 'anycast' }, 'distributionRule'],
    ['static without destinations', { distributionRule: 'static', destinations: [] }, 'destinations'],
    ['a destination that is no text', { destinations: ['customs', 7] }, 'destinations[1]'],
    ['another type', { messageType: 'EVENT' }, 'messageType'],
    ['no id', { messageId: undefined }, 'messageId'],
    ['an empty id', { messageId: '' }, 'messageId'],
    ['an id with a NUL', { messageId: 'a\0' }, 'messageId'],
    ['an id with half a surrogate pair', { messageId: '\ud800' }, 'messageId'],
    ['an id that is too long', { messageId: 'a'.repeat(256) }, 'messageId'],
    ['a time as text', { recordedTime: '1735689600' }, 'recordedTime'],
    ['a negative time', { recordedTime: -1 }, 'recordedTime'],
  ])('refuses %s', async (_name, change, path) => {
    expectProblem(await sendFederated({ ...call, ...change }), 400, path);
  });

  test('tells everything that is wrong at once', async () => {
    expectProblem(
      await sendFederated({ ...call, messageId: 7, messageType: 'x', recordedTime: null }),
      400,
      'recordedTime',
      'messageId',
      'messageType',
    );
  });

  test("takes a node's key only", async () => {
    expectProblem(
      await app.send({ path: '/api/message', headers: asUser('admin'), body: sample('federated-event.json') }),
      403,
    );
  });
});

describe('our own call', () => {
  const call = { type: 'container.gate-in', destinations: ['customs'], payload: { any: 'JSON' } };

  test('sends the payload on as its own text without the spaces between tokens', async () => {
    const written = '{ "a" : 1e400,\n "b":[ 12345678901234567890 , "\\ud800 x" ], "a":{"__proto__":{ }} }';
    const answer = await sendNative(`{"type": "t", "destinations": ["customs"], "payload": ${written}}`);
    expect(answer.status).toBe(202);
    expect(app.stored[0]?.payload.toString()).toBe(
      '{"a":1e400,"b":[12345678901234567890,"\\ud800 x"],"a":{"__proto__":{}}}',
    );
    expect(app.stored[0]).toMatchObject({ contentType: 'application/json', senderId: null, recordedTime: null });
  });

  test('sends bytes on unchanged, none of them too', async () => {
    const bytes = Buffer.from([0, 255, 10]);
    await sendNative({
      ...call,
      payload: undefined,
      payloadBase64: bytes.toString('base64'),
      contentType: 'image/png',
    });
    await sendNative({ ...call, payload: undefined, payloadBase64: '' });
    expect(app.stored.map(({ payload }) => payload)).toEqual([bytes, Buffer.alloc(0)]);
    expect(app.stored.map(({ contentType }) => contentType)).toEqual(['image/png', 'application/octet-stream']);
  });

  test('goes by subscription when destinations are left out', async () => {
    await sendNative({ ...call, destinations: undefined });
    await sendNative({ ...call, destinations: undefined, type: 'customs.release.v1' });
    expect(app.stored.map(({ nodes }) => nodes)).toEqual([['customs', 'carrier'], ['customs']]);
  });

  test('is kept as unrouted when nobody is subscribed', async () => {
    const answer = await sendNative({ ...call, destinations: undefined, type: 'unheard.of' });
    expect(answer.status).toBe(202);
    expect(answer.json()).toEqual({ id: app.stored[0]?.id, deliveries: [], unrouted: true });
    expect(app.woken).toEqual([]);
  });

  test('sent again with the same id is answered with the first id, in any order of destinations, and nothing is sent twice', async () => {
    const first = await sendNative({ ...call, id: 'a', destinations: ['customs', 'carrier'] });
    const second = await sendNative({ ...call, id: 'a', destinations: ['carrier', 'customs', 'carrier'] });
    expect(second.status).toBe(202);
    expect(second.json().id).toBe(first.json().id);
    expect(app.stored).toHaveLength(1);
  });

  test.each([
    ['payload', { payload: { other: 1 } }],
    ['type', { type: 'other' }],
    ['content type', { contentType: 'application/ld+json' }],
    ['destinations', { destinations: ['customs', 'carrier'] }],
    ['destinations left out', { destinations: undefined }],
  ])('with the same id and another %s is a conflict', async (_name, change) => {
    await sendNative({ ...call, id: 'a' });
    const answer = await sendNative({ ...call, id: 'a', ...change });
    expect(answer.status).toBe(409);
    expect(app.stored).toHaveLength(1);
  });

  test('is from the node whose key it is; the same id from another node is another message', async () => {
    await sendNative({ ...call, id: 'a', origin: 'did:web:terminal.example.org' });
    await sendNative({ ...call, id: 'a' }, { key: 'key-of-carrier' });
    expect(app.stored.map(({ origin }) => origin)).toEqual(['terminal', 'carrier']);
  });

  test('may not be sent for another node with a key', async () => {
    expectProblem(await sendNative({ ...call, origin: 'carrier' }), 403, 'origin');
  });

  test.each(['admin', 'operator'])('with the token of an %s is from the node it names', async (role) => {
    const body = JSON.stringify({ ...call, origin: 'did:web:carrier.example.org' });
    const answer = await app.send({ path: '/api/v1/messages', headers: asUser(role), body });
    expect(answer.status).toBe(202);
    expect(app.stored[0]?.origin).toBe('carrier');
  });

  test('with a token must name the origin, and one that exists', async () => {
    const send = (body: unknown) =>
      app.send({ path: '/api/v1/messages', headers: asUser('admin'), body: JSON.stringify(body) });
    expectProblem(await send(call), 400, 'origin');
    expectProblem(await send({ ...call, origin: 'nobody' }), 422, 'origin');
  });

  test('is not for viewers', async () => {
    const body = JSON.stringify({ ...call, origin: 'customs' });
    expectProblem(await app.send({ path: '/api/v1/messages', headers: asUser('viewer'), body }), 403);
  });

  test.each([
    ['both payloads', { payloadBase64: 'YQ==' }, 'payload'],
    ['no payload', { payload: undefined }, 'payload'],
    ['wrong base64', { payload: undefined, payloadBase64: 'YQ' }, 'payloadBase64'],
    ['an empty list of destinations', { destinations: [] }, 'destinations'],
    ['an unknown field', { destination: ['carrier'] }, 'destination'],
    ['no type', { type: undefined }, 'type'],
    ['a content type that is none', { contentType: 'json' }, 'contentType'],
    ['a content type with a line break', { contentType: 'text/plain\r\nx: y' }, 'contentType'],
    ['an id of null', { id: null }, 'id'],
  ])('refuses %s', async (_name, change, path) => {
    const answer = await sendNative({ ...call, ...change });
    expectProblem(answer, 400);
    expect((answer.json().errors as { path: string }[])[0]?.path).toBe(path);
  });

  test('wakes the receivers, each once for what came together', async () => {
    await sendNative({ ...call, destinations: ['customs', 'carrier'] });
    expect(app.woken).toEqual([['customs', 'carrier']]);
  });

  test('tells of it in one event, without the payload', async () => {
    const answer = await sendNative({ ...call, id: 'a' });
    const told = app.events.filter(({ event }) => event === 'message.accepted');
    expect(told).toMatchObject([
      { level: 'info', facts: { id: answer.json().id, senderId: 'a', actor: 'node:terminal', deliveries: 1 } },
    ]);
    expect(JSON.stringify(app.events)).not.toContain('JSON');
  });
});

describe('a batch', () => {
  const message = (id: string, payload: unknown = id) => ({ id, type: 't', destinations: ['customs'], payload });
  const sendBatch = (messages: unknown) => post('/api/v1/messages/batch', { messages });

  test('is answered in order, with what each became', async () => {
    await sendNative({ ...message('b') });
    const answer = await sendBatch([message('a'), message('b'), { type: 'unheard.of', payload: null }]);
    expect(answer.status).toBe(202);
    const [first, second, third] = answer.json().messages as Record<string, unknown>[];
    expect(first).toEqual({ id: app.stored[1]?.id, deliveries: [{ node: 'customs', state: 'pending' }] });
    expect(second?.id).toBe(app.stored[0]?.id);
    expect(third).toEqual({ id: app.stored[2]?.id, deliveries: [], unrouted: true });
    expect(app.stored.map(({ payload }) => payload.toString())).toEqual(['"b"', '"a"', 'null']);
  });

  test('is all or nothing: one mistake, unknown name or conflict, and nothing is stored', async () => {
    expectProblem(await sendBatch([message('a'), { ...message('b'), type: 7 }]), 400, 'messages[1].type');
    expectProblem(
      await sendBatch([message('a'), { ...message('b'), destinations: ['nobody'] }]),
      422,
      'messages[1].destinations',
    );
    expectProblem(await sendBatch([message('a'), message('c'), message('a', 'other')]), 409, 'messages[2]');
  });

  test('holds 1,000 messages and no more', async () => {
    const messages = Array.from({ length: 1_001 }, (_, i) => message(String(i)));
    expectProblem(await sendBatch(messages), 400, 'messages');
    expect((await sendBatch(messages.slice(1))).status).toBe(202);
    expect(app.stored).toHaveLength(1_000);
    const ids = app.stored.map(({ id }) => id);
    expect([...ids].sort()).toEqual(ids);
    expect(app.woken).toEqual([['customs']]);
  });

  test.each([[undefined], [[]], [{}], [[7]]])('of %j is refused', async (messages) => {
    expectProblem(await sendBatch(messages), 400);
  });
});

describe('CloudEvents', () => {
  const headers = { 'ce-specversion': '1.0', 'ce-id': 'e1', 'ce-source': '/gate', 'ce-type': 'container.gate-in' };
  const sendEvent = (body: unknown, extra: Record<string, string | string[]>) =>
    post('/api/v1/events', body, { headers: { ...headers, ...extra } });

  test('in binary mode pass the body byte for byte, and the attributes decoded', async () => {
    const bytes = Buffer.from([0, 1, 0xfe]);
    const answer = await sendEvent(bytes, {
      'content-type': 'application/x-protobuf; v=1',
      'ce-destinations': 'customs, did:web:carrier.example.org',
      'ce-subject': 'Euro%20%E2%82%AC',
      'ce-time': '2026-03-02T06:05:00Z',
      'CE-Extra': '"a \\"quoted\\" one"',
    });
    expect(answer.status).toBe(202);
    expect(app.stored[0]).toMatchObject({
      senderId: 'e1',
      type: 'container.gate-in',
      contentType: 'application/x-protobuf; v=1',
      source: 'did:web:terminal.example.org',
      nodes: ['customs', 'carrier'],
    });
    expect(app.stored[0]?.attributes).toEqual({
      eventsource: '/gate',
      subject: 'Euro €',
      time: '2026-03-02T06:05:00Z',
      extra: 'a "quoted" one',
    });
    expect(app.stored[0]?.payload).toEqual(bytes);
  });

  test('in structured mode pass data as its own text', async () => {
    const answer = await sendEvent(sample('cloudevent-gate-in.json'), {
      'content-type': 'application/cloudevents+json',
    });
    expect(answer.status).toBe(202);
    const event = JSON.parse(sample('cloudevent-gate-in.json')) as { data: unknown };
    expect(app.stored[0]?.payload.toString()).toBe(JSON.stringify(event.data));
    expect(app.stored[0]).toMatchObject({ contentType: 'application/json', nodes: ['customs', 'carrier'] });
    expect(app.stored[0]?.attributes).toEqual({
      eventsource: 'did:web:terminal.example.org',
      time: '2026-03-02T06:05:00Z',
    });
  });

  const event = { specversion: '1.0', id: 'e1', source: '/gate', type: 'container.gate-in' };
  const sendStructured = (body: unknown) =>
    post('/api/v1/events', body, { headers: { 'content-type': 'application/cloudevents+json; charset=UTF-8' } });

  test.each([
    ['base64', { data_base64: 'AP8=' }, Buffer.from([0, 255])],
    [
      'a text of another type',
      { data: '<much wow="xml"/>', datacontenttype: 'application/xml' },
      Buffer.from('<much wow="xml"/>'),
    ],
    ['a JSON text', { data: '{}' }, Buffer.from('"{}"')],
    ['null', { data: null, datacontenttype: 'application/ld+json' }, Buffer.from('null')],
    ['nothing', {}, Buffer.alloc(0)],
  ])('in structured mode carry %s', async (_name, data, payload) => {
    expect((await sendStructured({ ...event, ...data })).status).toBe(202);
    expect(app.stored[0]?.payload).toEqual(payload);
  });

  test('pass on booleans and integers as text, and leave out what is null', async () => {
    await sendStructured({ ...event, flag: true, number: -7, nothing: null, subject: null });
    expect(app.stored[0]?.attributes).toEqual({ eventsource: '/gate', flag: 'true', number: '-7' });
  });

  test('come in batches, which may be empty', async () => {
    const send = (events: unknown) =>
      post('/api/v1/events', events, { headers: { 'content-type': 'application/cloudevents-batch+json' } });
    expect((await send([])).json()).toEqual({ messages: [] });
    const answer = await send([event, { ...event, id: 'e2', data: { a: 1 } }]);
    expect(answer.json().messages).toHaveLength(2);
    expect(app.stored.map(({ payload }) => payload.toString())).toEqual(['', '{"a":1}']);
    expect((await send([event, { ...event, id: undefined }])).json().errors).toMatchObject([{ path: '[1].id' }]);
  });

  test('are repeated and routed by the rules of our own call', async () => {
    const first = await sendStructured(event);
    expect(app.stored[0]?.nodes).toEqual(['customs', 'carrier']);
    expect((await sendStructured({ ...event, time: '2026-03-02T06:05:00Z' })).json().id).toBe(first.json().id);
    expect((await sendStructured({ ...event, data: 1 })).status).toBe(409);
    expect((await sendStructured({ ...event, destinations: 'nobody' })).status).toBe(422);
  });

  test("with a user's token are from the node that origin, else source, names", async () => {
    const send = (body: unknown) => {
      const headersOfUser = { ...asUser('operator'), 'content-type': 'application/cloudevents+json' };
      return app.send({ path: '/api/v1/events', headers: headersOfUser, body: JSON.stringify(body) });
    };
    expectProblem(await send(event), 422, 'origin');
    expect((await send({ ...event, origin: 'customs' })).status).toBe(202);
    expect((await send({ ...event, source: 'did:web:carrier.example.org' })).status).toBe(202);
    expect(app.stored.map(({ origin }) => origin)).toEqual(['customs', 'carrier']);
  });

  test.each([
    ['another version', { 'ce-specversion': '0.3' }, 'ce-specversion'],
    ['an empty id', { 'ce-id': '' }, 'ce-id'],
    ['a doubled header', { 'ce-extra': ['a', 'b'] }, 'ce-extra'],
    ['a name that is none', { 'ce-my_name': 'a' }, 'ce-my_name'],
    ['percent signs that encode nothing', { 'ce-extra': '100%' }, 'ce-extra'],
    ['bytes that are not UTF-8', { 'ce-extra': '%C0%A0' }, 'ce-extra'],
    ['an encoded NUL', { 'ce-extra': 'a%00' }, 'ce-extra'],
    ['a time that is none', { 'ce-time': 'yesterday' }, 'ce-time'],
    ['a type in the wrong header', { 'ce-datacontenttype': 'text/plain' }, 'ce-datacontenttype'],
    ['a list with a gap', { 'ce-destinations': 'customs,,carrier' }, 'ce-destinations[1]'],
  ])('refuse %s', async (_name, extra, path) => {
    expectProblem(await sendEvent('{}', extra), 400, path);
  });

  test.each([
    ['data twice', { data: 1, data_base64: 'AP8=' }, 'data'],
    ['wrong base64', { data_base64: 'A' }, 'data_base64'],
    ['an object that is no JSON', { data: {}, datacontenttype: 'text/plain' }, 'data'],
    ['an attribute that is an object', { extra: {} }, 'extra'],
    ['an attribute in upper case', { Extra: 'a' }, 'Extra'],
    ['a number with a fraction', { extra: 1.5 }, 'extra'],
    ['no source', { source: undefined }, 'source'],
  ])('in structured mode refuse %s', async (_name, change, path) => {
    expectProblem(await sendStructured({ ...event, ...change }), 400, path);
  });

  test('in another format are not supported', async () => {
    expectProblem(await sendEvent('{}', { 'content-type': 'application/cloudevents+avro' }), 415);
  });
});

describe('who sends', () => {
  const body = JSON.stringify({ type: 't', destinations: ['customs'], payload: 1 });
  const sendAs = (headers: Record<string, string>) =>
    app.send({ path: '/api/v1/messages', headers: { ...JSON_TYPE, ...headers }, body });

  test.each([
    ['nothing', {}],
    ['a wrong key', { 'x-api-key': 'guessed' }],
    ['an endless key', { 'x-api-key': 'a'.repeat(5_000) }],
    ['a token that is none', { authorization: 'Bearer abc' }],
    ['a password', { authorization: 'Basic YTpi' }],
  ])('with %s gets 401', async (_name, headers) => {
    const answer = await sendAs(headers);
    expectProblem(answer, 401);
    expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
  });

  test('is looked up once in a few seconds, and a revoked key is refused after that', async () => {
    for (let i = 0; i < 3; i += 1) await sendNative({ type: 't', destinations: ['customs'], payload: 1 });
    expect(app.keyLookUps).toBe(1);
    app.keys.delete('key-of-terminal');
    app.now += 6_000;
    expect((await sendNative({ type: 't', payload: 1 })).status).toBe(401);
  });

  test('with a token is refused once it has expired, or the user is gone', async () => {
    const headers = { authorization: `Bearer ${app.tokenOf('operator')}` };
    const send = () => app.send({ method: 'GET', path: '/api/v1/who', headers });
    expect((await send()).json()).toEqual({
      kind: 'user',
      userId: 'operator',
      username: 'a operator',
      role: 'operator',
    });
    app.users.delete('operator');
    app.now += 6_000;
    expect((await send()).status).toBe(401);
    app.users.set('operator', { username: 'back', role: 'viewer' });
    expect((await send()).json()).toMatchObject({ username: 'back', role: 'viewer' });
    app.now += 3_600_000;
    expect((await send()).status).toBe(401);
  });
});

describe('when the store', () => {
  const call = { type: 't', destinations: ['customs'], payload: 1 };

  test('is full, the answer is 503 with Retry-After', async () => {
    app.failure = () => Promise.reject(new BatcherFull());
    const answer = await sendNative(call);
    expectProblem(answer, 503);
    expect(answer.headers['retry-after']).toBe('1');
  });

  test('fails, the answer is 503 and says nothing of the reason', async () => {
    app.failure = () => Promise.reject(new Error('a secret detail'));
    const answer = await sendNative(call);
    expectProblem(answer, 503);
    expect(answer.headers['retry-after']).toBe('2');
    expect(answer.text).not.toContain('secret');
    expect(app.events).toContainEqual(expect.objectContaining({ level: 'error', event: 'intake.failed' }));
    app.failure = undefined;
    expect((await sendNative(call)).status).toBe(202);
  });
});

describe('a body', () => {
  const padded = (length: number) => {
    const start = '{"type":"t","destinations":["customs"],"payload":"';
    return `${start}${'a'.repeat(length - start.length - 2)}"}`;
  };

  test('may be as large as the limit, and not larger', async () => {
    expectProblem(await sendNative(padded(LARGEST_BODY + 1)), 413);
    expect((await sendNative(padded(LARGEST_BODY))).status).toBe(202);
  });

  test('that comes in pieces without a length is bounded too', async () => {
    const headers = { 'transfer-encoding': 'chunked' };
    expectProblem(await sendNative(padded(LARGEST_BODY * 3), { headers }), 413);
  });

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ])('in %s is decoded, and counted decoded', async (encoding, compress) => {
    const headers = { 'content-encoding': encoding };
    expect((await sendNative(compress(padded(LARGEST_BODY)), { headers })).status).toBe(202);
    expect(app.stored.splice(0)).toHaveLength(1);
    expectProblem(await sendNative(compress(padded(LARGEST_BODY + 1)), { headers }), 413);
    expectProblem(await sendNative(compress('0'.repeat(50_000_000)), { headers }), 413);
    expectProblem(await sendNative(compress(padded(100)).subarray(0, -3), { headers }), 400);
    expectProblem(await sendNative('no such thing', { headers }), 400);
  });

  test('in another encoding is not supported', async () => {
    const answer = await sendNative('x', { headers: { 'content-encoding': 'zstd' } });
    expectProblem(answer, 415);
    expect(answer.headers['accept-encoding']).toBe('gzip, deflate, br');
  });

  test.each(['text/plain', 'application/json; charset=latin1', 'application/jsonp', 'text/json', ''])(
    'of the type %j is not supported',
    async (type) => {
      expectProblem(await sendNative('{}', { headers: { 'content-type': type } }), 415);
    },
  );

  test.each(['application/json; charset=utf-8', 'APPLICATION/JSON;charset="UTF-8"'])(
    'of the type %s is taken',
    async (type) => {
      expect((await sendNative(padded(100), { headers: { 'content-type': type } })).status).toBe(202);
    },
  );
});

describe('naughty bodies get a clean answer', () => {
  const deep = '['.repeat(400_000) + ']'.repeat(400_000);
  const keys = Array.from({ length: 10_001 }, (_, i) => `"k${i}":0`).join();
  const withPayload = (payload: string) => `{"type":"t","destinations":["customs"],"payload":${payload}}`;
  const base64 = '"recordedTime":1,"messageId":"a","messageType":"event","message":"YQ=="';

  test.each([
    ['empty', ''],
    ['a byte order mark', `\ufeff${withPayload('1')}`],
    ['half a text', withPayload('1').slice(0, -1)],
    ['two texts', `${withPayload('1')}{}`],
    ['a list', '[]'],
    ['a text', '"a"'],
    ['null', 'null'],
    ['deep without end', '['.repeat(400_000)],
    ['deep', deep],
    ['an own key __proto__', '{"__proto__":{"type":"t"},"payload":1}'],
    ['an own key constructor', '{"constructor":{},"type":"t","payload":1}'],
    ['NaN', withPayload('NaN')],
    ['a bare NUL in a text', withPayload('"\0"')],
    ['UTF-16', Buffer.from(withPayload('1'), 'utf16le')],
    [
      'bytes that are not UTF-8',
      Buffer.concat([Buffer.from('{"type":"'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]),
    ],
    ['an overlong NUL', Buffer.concat([Buffer.from('{"type":"'), Buffer.from([0xc0, 0x80]), Buffer.from('"}')])],
  ])('%s: 400 everywhere', async (_name, body) => {
    for (const path of ['/api/message', '/api/v1/messages', '/api/v1/messages/batch']) {
      expectProblem(await post(path, body), 400);
    }
    for (const type of ['application/cloudevents+json', 'application/cloudevents-batch+json']) {
      const answer = await post('/api/v1/events', body, { headers: { 'content-type': type } });
      if (type.includes('batch') && body === '[]') expect(answer.status).toBe(202);
      else expectProblem(answer, 400);
    }
  });

  test.each([
    ['400,000 levels', deep],
    ['10,001 keys', `{${keys}}`],
    ['1e400', '1e400'],
    ['20 digits', '12345678901234567890'],
    ['doubled keys', '{"a":1,"a":2}'],
    ['half a surrogate pair', '"\\ud800"'],
    ['an escaped NUL', '"\\u0000"'],
    ['__proto__ and constructor', '{"__proto__":{"a":1},"constructor":1}'],
    ['an empty text', '""'],
    ['an emoji', '"😀 \u2028"'],
  ])('%s as a payload: passed on byte for byte', async (_name, payload) => {
    expect((await sendNative(withPayload(payload))).status).toBe(202);
    expect((await post('/api/v1/messages/batch', `{"messages":[${withPayload(payload)}]}`)).status).toBe(202);
    expect(app.stored.map((message) => message.payload.toString() === payload)).toEqual([true, true]);
  });

  test.each([
    ['64 levels', `{"x":${'['.repeat(63)}${']'.repeat(63)},${base64}}`, 202],
    ['65 levels', `{"x":${'['.repeat(64)}${']'.repeat(64)},${base64}}`, 400],
    ['400,000 levels', `{"x":${deep},${base64}}`, 400],
    ['9,999 keys', `{"x":{${keys.split(',', 9_994).join()}},${base64}}`, 202],
    ['10,001 keys', `{"x":{${keys}},${base64}}`, 400],
    ['__proto__', `{"x":[{"__proto__":1}],${base64}}`, 400],
    ['a time of 1e400', `{${base64.replace(':1,', ':1e400,')}}`, 400],
    ['a time of a thousand digits', `{${base64.replace(':1,', `:1.${'0'.repeat(1_000)},`)}}`, 400],
  ])("%s in the FEDeRATED node's call is taken, or refused with 400", async (_name, body, status) => {
    expect((await sendFederated(body)).status).toBe(status);
  });
});
