import { randomBytes, randomUUID } from 'node:crypto';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { describeBackEnds } from '#testkit';
import {
  acceptedBatchSchema,
  acceptedOf,
  freshId,
  problemOf,
  read,
  startSystem,
  type RegisteredNode,
  type Reply,
  type TestSystem,
} from '../system/index.ts';

// Contract section 2.2.

/** `server.body` */
const LIMIT = 40_000;

describeBackEnds('our own call', (backEnd) => {
  let system: TestSystem;
  beforeAll(async () => {
    system = await startSystem(backEnd, { config: { server: { body: LIMIT } } });
  });
  afterAll(() => system.stop());

  type Fields = Readonly<Record<string, unknown>>;

  function post(key: string | null | undefined, body: unknown, headers: Readonly<Record<string, string>> = {}) {
    return system.call('POST', '/api/v1/messages', { body, headers, ...(key !== undefined && { key }) });
  }
  function postBatch(key: string, messages: unknown): Promise<Reply> {
    return system.call('POST', '/api/v1/messages/batch', { key, body: { messages } });
  }
  const batchOf = (reply: Reply) => read(reply, [202], acceptedBatchSchema).messages;

  function callTo(destinations: readonly string[], change: Fields = {}): Fields {
    return { type: 'container.gate-in', destinations, payload: { any: 'JSON' }, ...change };
  }
  async function expectNothingStored(origin: RegisteredNode): Promise<void> {
    expect(await system.query('SELECT id FROM message WHERE origin = $1', [origin.id])).toEqual([]);
  }
  async function gotOne({ server }: RegisteredNode) {
    const [request] = await server.waitFor(1);
    if (request === undefined) throw new Error('no request');
    return request;
  }
  const pair = () => Promise.all([system.node(), system.node()]);

  test.concurrent('the body that the contract shows is accepted', async () => {
    const [sender, receiver] = await pair();
    const body = {
      id: freshId('mine'),
      type: 'container.gate-in',
      destinations: [receiver.id, sender.did],
      contentType: 'application/json',
      payload: { any: 'JSON' },
    };
    const { id, deliveries } = acceptedOf(await post(sender.key, body));
    expect(deliveries.map(({ node }) => node).toSorted()).toEqual([receiver.id, sender.id].toSorted());
    expect(await system.message(id)).toMatchObject({
      senderId: body.id,
      type: body.type,
      contentType: body.contentType,
    });
    expect((await gotOne(receiver)).body.toString()).toBe('{"any":"JSON"}');
  });

  test.concurrent('it is authenticated by x-api-key or a bearer token, and by nothing else', async () => {
    const sender = await system.node();
    const call = callTo([sender.id], { origin: sender.id });
    acceptedOf(await post(sender.key, call));
    acceptedOf(await post(undefined, call));
    problemOf(await post(null, call), 401);
    problemOf(await post('no-such-key', call), 401);
    problemOf(await post(null, call, { authorization: 'Bearer no-such-token' }), 401);
    problemOf(await post(null, call, { authorization: `Basic ${Buffer.from('admin:x').toString('base64')}` }), 401);
  });

  test.concurrent("id makes the call idempotent: 202 with the first one's id, and nothing is sent twice", async () => {
    const [sender, receiver] = await pair();
    const call = callTo([receiver.id], { id: freshId('mine') });
    const first = acceptedOf(await post(sender.key, call));
    await system.until(first.id, receiver.id, ({ state }) => state === 'delivered');
    const again = acceptedOf(await post(sender.key, call));
    expect(again).toEqual({ id: first.id, deliveries: [{ node: receiver.id, state: 'delivered' }] });
    // A payload that was written otherwise is sent on the same.
    acceptedOf(await post(sender.key, JSON.stringify(call, null, 2)));
    expect((await system.message(first.id)).deliveries).toHaveLength(1);
    expect(receiver.server.requests).toHaveLength(1);
  });

  test.concurrent('without an id the same call again is another message', async () => {
    const [sender, receiver] = await pair();
    const call = callTo([receiver.id]);
    const [first, second] = [acceptedOf(await post(sender.key, call)), acceptedOf(await post(sender.key, call))];
    expect(second.id).not.toBe(first.id);
    await receiver.server.waitFor(2);
  });

  test.concurrent.each<[string, (other: RegisteredNode) => Fields]>([
    ['payload', () => ({ payload: { any: 'other' } })],
    ['type', () => ({ type: 'container.gate-out' })],
    ['contentType', () => ({ contentType: 'application/ld+json' })],
    ['destinations', (other) => ({ destinations: [other.id] })],
    ['destinations left out', () => ({ destinations: undefined })],
  ])('the same id with another %s: 409', async (_what, change) => {
    const [sender, receiver] = await pair();
    const call = callTo([receiver.id], { id: freshId('mine') });
    const { id } = acceptedOf(await post(sender.key, call));
    problemOf(await post(sender.key, { ...call, ...change(sender) }), 409);
    expect(await system.query('SELECT id FROM message WHERE origin = $1', [sender.id])).toEqual([{ id }]);
  });

  test.concurrent('destinations are ids or DIDs, and a node named twice gets it once', async () => {
    const [sender, receiver] = await pair();
    const { deliveries } = acceptedOf(await post(sender.key, callTo([receiver.did, receiver.id, sender.id])));
    expect(deliveries.map(({ node }) => node).toSorted()).toEqual([receiver.id, sender.id].toSorted());
  });

  test.concurrent.each([
    ['spaces between tokens', '{ "a" : [ 1 ,\t2 ],\r\n "b c" : " d " }', '{"a":[1,2],"b c":" d "}'],
    ['a number of 20 digits', '12345678901234567890', '12345678901234567890'],
    ['numbers as they are written', '[1.0, 1e400, -0, 1E+2]', '[1.0,1e400,-0,1E+2]'],
    ['doubled keys', '{"a":1, "a":2}', '{"a":1,"a":2}'],
    ['keys in their order', '{"b":1,"10":2,"2":3,"a":4}', '{"b":1,"10":2,"2":3,"a":4}'],
    ['escapes', String.raw`"\u00e9\/\ud800 \\ \""`, String.raw`"\u00e9\/\ud800 \\ \""`],
    ['letters beyond ASCII', '"Grønhøj – Zürich €"', '"Grønhøj – Zürich €"'],
    ['keys that are special to JavaScript', '{"__proto__":{"constructor":1}}', '{"__proto__":{"constructor":1}}'],
    ['null', 'null', 'null'],
    ['a text', '"{ }"', '"{ }"'],
  ])('payload is sent on as its own text without the spaces between tokens: %s', async (_what, written, sent) => {
    const [sender, receiver] = await pair();
    const body = `{"type": "t", "destinations": ["${receiver.id}"], "payload": ${written}}`;
    acceptedOf(await post(sender.key, body));
    const request = await gotOne(receiver);
    expect(request.body.toString()).toBe(sent);
    expect(request.headers['content-type']).toBe('application/json');
  });

  test.concurrent.each([
    ['every byte there is', Buffer.from(Array.from({ length: 256 }, (_, i) => i))],
    ['random bytes', randomBytes(10_000)],
    ['no bytes', Buffer.alloc(0)],
  ])('payloadBase64 is bytes, sent on unchanged: %s', async (_what, bytes) => {
    const [sender, receiver] = await pair();
    const payload = { payload: undefined, payloadBase64: bytes.toString('base64') };
    acceptedOf(await post(sender.key, callTo([receiver.id], { ...payload, contentType: 'image/png' })));
    const request = await gotOne(receiver);
    expect(request.body.equals(bytes)).toBe(true);
    expect(request.headers['content-type']).toBe('image/png');
  });

  test.concurrent('payload or payloadBase64: one of them, not both and not neither', async () => {
    const sender = await system.node();
    problemOf(await post(sender.key, callTo([sender.id], { payloadBase64: 'YQ==' })), 400);
    problemOf(await post(sender.key, callTo([sender.id], { payload: undefined })), 400);
    await expectNothingStored(sender);
  });

  test.concurrent("with a node's key the origin is that node", async () => {
    const [sender, other] = await pair();
    const { id } = acceptedOf(await post(sender.key, callTo([sender.id])));
    expect((await system.message(id)).origin).toBe(sender.id);
    problemOf(await post(sender.key, callTo([sender.id], { origin: other.id })), 403);
    await expectNothingStored(other);
  });

  test.concurrent("with a user's token, origin names the node it is sent for", async () => {
    const [one, other] = await pair();
    for (const origin of [one.id, one.did]) {
      const { id } = acceptedOf(await post(undefined, callTo([other.id], { origin })));
      expect((await system.message(id)).origin).toBe(one.id);
    }
    const requests = await other.server.waitFor(2);
    expect(requests.map(({ headers }) => headers['ce-source'])).toEqual([one.did, one.did]);
    problemOf(await post(undefined, callTo([other.id])), 400);
    problemOf(await post(undefined, callTo([other.id], { origin: 'no-such-node' })), 422);
  });

  test.concurrent('destinations left out: the nodes whose subscription matches type', async () => {
    const kind = freshId('kind');
    const [exact, one, rest, other, sender] = await Promise.all([
      system.node({ subscriptions: [`${kind}.gate.in`] }),
      system.node({ subscriptions: [`${kind}.*.in`, `${kind}.gate.in`] }),
      system.node({ subscriptions: ['unheard.of', `${kind}.>`] }),
      system.node({ subscriptions: [`${kind}.*`, `${kind}.gate.out`] }),
      system.node(),
    ]);
    const call = { type: `${kind}.gate.in`, payload: 1 };
    const { id, deliveries } = acceptedOf(await post(sender.key, call));
    expect(deliveries.map(({ node }) => node).toSorted()).toEqual([exact.id, one.id, rest.id].toSorted());
    await Promise.all([exact, one, rest].map(({ server }) => server.waitFor(1)));
    expect((await system.message(id)).deliveries).toHaveLength(3);
    expect([...other.server.requests, ...sender.server.requests]).toEqual([]);
  });

  test.concurrent(
    'with none subscribed: 202 with no deliveries and "unrouted": true, and the message is kept and shown as unrouted',
    async () => {
      const sender = await system.node();
      const reply = await post(sender.key, { type: freshId('unheard.of'), payload: 1 });
      const { id } = acceptedOf(reply);
      expect(reply.body).toEqual({ id, deliveries: [], unrouted: true });
      expect(await system.message(id)).toMatchObject({ id, origin: sender.id, unrouted: true, deliveries: [] });
    },
  );

  test.concurrent('a message that was routed is not unrouted', async () => {
    const sender = await system.node();
    const { id, unrouted } = acceptedOf(await post(sender.key, callTo([sender.id])));
    expect(unrouted).toBeUndefined();
    expect((await system.message(id)).unrouted).toBe(false);
  });

  test.concurrent('a batch answers for each message its id, deliveries and unrouted, in order', async () => {
    const [sender, receiver] = await pair();
    const known = callTo([receiver.id], { id: freshId('known') });
    const { id: knownId } = acceptedOf(await post(sender.key, known));
    await system.until(knownId, receiver.id, ({ state }) => state === 'delivered');
    const reply = await postBatch(sender.key, [
      callTo([receiver.id, sender.id], { payload: 'first' }),
      { type: freshId('unheard.of'), payload: 'second' },
      known,
      callTo([receiver.did], { payload: 'fourth' }),
    ]);
    const [first, second, third, fourth] = batchOf(reply);
    expect(first?.deliveries.map(({ node }) => node)).toEqual([receiver.id, sender.id]);
    expect(second).toEqual({ id: second?.id, deliveries: [], unrouted: true });
    expect(third).toEqual({ id: knownId, deliveries: [{ node: receiver.id, state: 'delivered' }] });
    expect(fourth?.deliveries).toEqual([{ node: receiver.id, state: 'pending' }]);
    const bodies = (await receiver.server.waitFor(3)).map(({ headers, body }) => [
      headers['webhook-id'],
      body.toString(),
    ]);
    expect(bodies).toContainEqual([first?.id, '"first"']);
    expect(bodies).toContainEqual([fourth?.id, '"fourth"']);
  });

  test.concurrent('a batch takes up to 1,000 messages', async () => {
    const [sender, receiver] = await pair();
    const message = { type: 't', payload: 1 };
    problemOf(
      await postBatch(
        sender.key,
        Array.from({ length: 1_001 }, () => message),
      ),
      400,
    );
    problemOf(await postBatch(sender.key, []), 400);
    await expectNothingStored(sender);
    const most = [callTo([receiver.id]), ...Array.from({ length: 999 }, () => message)];
    expect(batchOf(await postBatch(sender.key, most))).toHaveLength(1_000);
    await receiver.server.waitFor(1);
  });

  test.concurrent.each<[string, Fields, number, string]>([
    ['mistake', { type: 7 }, 400, 'messages[1].type'],
    ['unknown destination', { destinations: ['no-such-node'] }, 422, 'messages[1].destinations'],
    ['id that was used for another message', { id: 'used', payload: 'other' }, 409, 'messages[1]'],
  ])('a batch is all or nothing: one %s, and nothing is stored', async (_what, change, status, path) => {
    const [sender, receiver] = await pair();
    const { id: used } = acceptedOf(await post(sender.key, callTo([sender.id], { id: 'used' })));
    const good = callTo([receiver.id]);
    const { errors } = problemOf(await postBatch(sender.key, [good, { ...good, ...change }, good]), status);
    expect(errors.map((error) => error.path)).toEqual([path]);
    expect(await system.query('SELECT id FROM message WHERE origin = $1', [sender.id])).toEqual([{ id: used }]);
    expect(receiver.server.requests).toEqual([]);
  });

  test.concurrent('messages of a batch may repeat each other: then they are one', async () => {
    const [sender, receiver] = await pair();
    const call = callTo([receiver.id], { id: randomUUID() });
    const [first, second] = batchOf(await postBatch(sender.key, [call, call]));
    expect(second?.id).toBe(first?.id);
    await system.until(first?.id ?? '', receiver.id, ({ state }) => state === 'delivered');
    expect(receiver.server.requests).toHaveLength(1);
  });

  test.concurrent('a destination nobody registered: 422 naming each, and nothing is stored', async () => {
    const [sender, receiver] = await pair();
    const { errors } = problemOf(await post(sender.key, callTo(['nobody', receiver.id, 'did:web:no.one'])), 422);
    expect(errors).toHaveLength(2);
    expect(errors[0]?.message).toContain('nobody');
    expect(errors[1]?.message).toContain('did:web:no.one');
    await expectNothingStored(sender);
  });

  test.concurrent.each([
    ['JSON', '{"type": "t"', 1],
    ['fields', { type: '', destinations: 'all', payload: 1 }, 2],
    ['base64', { type: 't', payloadBase64: 'a' }, 1],
    ['field names', { type: 't', payload: 1, destination: ['customs'] }, 1],
    ['content type', { type: 't', payload: 1, contentType: 'json' }, 1],
  ])('broken %s: 400 with one entry a problem', async (_what, body, problems) => {
    const sender = await system.node();
    expect(problemOf(await post(sender.key, body), 400).errors).toHaveLength(problems);
    await expectNothingStored(sender);
  });

  test.concurrent.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const)('the content encoding %s is accepted, and its limit counts decoded bytes', async (encoding, compress) => {
    const [sender, receiver] = await pair();
    const sized = (size: number) => {
      const empty = JSON.stringify(callTo([receiver.id], { payload: '' }));
      return compress(JSON.stringify(callTo([receiver.id], { payload: 'x'.repeat(size - empty.length) })));
    };
    const send = (body: Buffer) => post(sender.key, body, { 'content-encoding': encoding });
    expect(sized(LIMIT + 1).length).toBeLessThan(1_000);
    problemOf(await send(sized(LIMIT + 1)), 413);
    problemOf(await send(sized(100 * LIMIT)), 413);
    await expectNothingStored(sender);
    acceptedOf(await send(sized(LIMIT)));
    expect((await gotOne(receiver)).body.length).toBeGreaterThan(LIMIT - 200);
  });

  test.concurrent('another content encoding is refused, and one that is not what it says', async () => {
    const sender = await system.node();
    const call = JSON.stringify(callTo([sender.id]));
    problemOf(await post(sender.key, call, { 'content-encoding': 'compress' }), 415);
    problemOf(await post(sender.key, call, { 'content-encoding': 'gzip' }), 400);
    await expectNothingStored(sender);
  });

  test.concurrent('a body at the limit is taken, and one byte more is not', async () => {
    const sender = await system.node();
    const empty = JSON.stringify(callTo([sender.id], { payload: '' }));
    const sized = (size: number) => callTo([sender.id], { payload: 'x'.repeat(size - empty.length) });
    problemOf(await post(sender.key, sized(LIMIT + 1)), 413);
    await expectNothingStored(sender);
    acceptedOf(await post(sender.key, sized(LIMIT)));
  });
});
