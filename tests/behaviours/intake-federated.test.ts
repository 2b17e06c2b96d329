import { randomBytes, randomUUID } from 'node:crypto';
import { describeBackEnds } from '#testkit';
import {
  acceptedOf,
  problemOf,
  startSystem,
  type RegisteredNode,
  type Reply,
  type TestSystem,
} from '../system/index.ts';

// Contract section 2.1. Broadcasts reach every node that there is, so their tests run one after the other.

describeBackEnds("the FEDeRATED node's call", (backEnd) => {
  let system: TestSystem;
  beforeAll(async () => {
    system = await startSystem(backEnd);
  });
  afterAll(() => system.stop());

  const base64 = (bytes: string | Buffer) => Buffer.from(bytes).toString('base64');

  /** A call like the contract's, with an id of its own. */
  function callTo(destinations: readonly string[], change: Readonly<Record<string, unknown>> = {}) {
    const messageId = randomUUID();
    const message = base64('{"arrived":true}');
    return {
      recordedTime: 1735689600,
      distributionRule: 'static',
      destinations,
      messageId,
      messageType: 'event',
      message,
      ...change,
    };
  }
  function post(key: string | null | undefined, body: unknown, path = '/api/message'): Promise<Reply> {
    return system.call('POST', path, { body, ...(key !== undefined && { key }) });
  }
  async function everyNodeBut(origin: RegisteredNode): Promise<unknown[]> {
    const rows = await system.query('SELECT id FROM node WHERE id <> $1', [origin.id]);
    return rows.map(({ id }) => String(id)).toSorted();
  }
  async function expectNothingStored(origin: RegisteredNode): Promise<void> {
    expect(await system.query('SELECT id FROM message WHERE origin = $1', [origin.id])).toEqual([]);
  }

  test.concurrent.each(['/api/message', '//api/message'])('POST %s takes a message', async (path) => {
    const [sender, receiver] = await Promise.all([system.node(), system.node()]);
    acceptedOf(await post(sender.key, callTo([receiver.did]), path));
    await receiver.server.waitFor(1);
  });

  test.concurrent('the body that the contract shows is accepted', async () => {
    const sender = await system.node();
    const customs = await system.node({ did: 'did:web:customs.example' });
    const shown = `{"recordedTime": 1735689600, "distributionRule": "static", "destinations": ["did:web:customs.example"],
      "messageId": "6f1c0a52-6f0b-4a4d-9a1e-0f6f5d1c2b3a", "messageType": "event", "message": "QkFTRTY0"}`;
    const { deliveries } = acceptedOf(await post(sender.key, shown));
    expect(deliveries).toEqual([{ node: customs.id, state: 'pending' }]);
    const [request] = await customs.server.waitFor(1);
    expect(request?.body.toString()).toBe('BASE64');
  });

  test.concurrent('the content type is application/json, and no other', async () => {
    const sender = await system.node();
    const body = JSON.stringify(callTo([sender.did]));
    const send = (type: string) =>
      system.call('POST', '/api/message', { key: sender.key, body, headers: { 'content-type': type } });
    problemOf(await send('text/plain'), 415);
    problemOf(await send('application/ld+json'), 415);
    await expectNothingStored(sender);
    acceptedOf(await send('application/json; charset=utf-8'));
  });

  test.concurrent(
    'x-api-key is the key of a registered node; without one, or with another, nothing is taken',
    async () => {
      const sender = await system.node();
      problemOf(await post(null, callTo([sender.did])), 401);
      problemOf(await post('no-such-key', callTo([sender.did])), 401);
      // A user's token names no node, and the call has no field for one.
      problemOf(await post(undefined, callTo([sender.did])), 403);
      await expectNothingStored(sender);
    },
  );

  test.concurrent(
    'the node whose key it is is the origin, whatever the body says: there is no sender field',
    async () => {
      const [sender, other] = await Promise.all([system.node(), system.node()]);
      const receiver = await system.node({ protocol: 'federated' });
      const { id } = acceptedOf(
        await post(sender.key, callTo([receiver.did], { origin: other.did, sender: other.id })),
      );
      expect((await system.message(id)).origin).toBe(sender.id);
      const [request] = await receiver.server.waitFor(1);
      expect(JSON.parse(String(request?.body))).toMatchObject({ origin: sender.did });
    },
  );

  test.concurrent('recordedTime is epoch seconds, and nothing else', async () => {
    const sender = await system.node();
    acceptedOf(await post(sender.key, callTo([sender.did], { recordedTime: 0 })));
    acceptedOf(await post(sender.key, callTo([sender.did], { recordedTime: 1735689600.25 })));
    for (const recordedTime of ['2026-03-02T06:45:00Z', '1735689600', null, undefined, -1]) {
      const { errors } = problemOf(await post(sender.key, callTo([sender.did], { recordedTime })), 400);
      expect(errors.map(({ path }) => path)).toEqual(['recordedTime']);
    }
  });

  test.concurrent('messageType is event or fullevent, and nothing else', async () => {
    const sender = await system.node();
    for (const messageType of ['event', 'fullevent']) {
      const { id } = acceptedOf(await post(sender.key, callTo([sender.did], { messageType })));
      expect((await system.message(id)).type).toBe(messageType);
    }
    for (const messageType of ['Event', 'query', '', null]) {
      const { errors } = problemOf(await post(sender.key, callTo([sender.did], { messageType })), 400);
      expect(errors.map(({ path }) => path)).toEqual(['messageType']);
    }
  });

  test.concurrent.each([
    ['every byte there is', Buffer.from(Array.from({ length: 256 }, (_, i) => i))],
    ['half a character', Buffer.from([0xe2, 0x82])],
    ['JSON written oddly', Buffer.from('{ "a" : 1.0, "a":1e400,\r\n"b": 12345678901234567890 }\n')],
    ['a byte order mark', Buffer.from('\ufeff{}')],
    ['no bytes', Buffer.alloc(0)],
    ['100,000 random bytes', randomBytes(100_000)],
  ])('message is base64 of bytes that are never looked into and pass unchanged: %s', async (_what, bytes) => {
    const sender = await system.node();
    const [federated, webhook] = await Promise.all([system.node({ protocol: 'federated' }), system.node()]);
    acceptedOf(await post(sender.key, callTo([federated.did, webhook.did], { message: base64(bytes) })));
    const [[toFederated], [toWebhook]] = await Promise.all([federated.server.waitFor(1), webhook.server.waitFor(1)]);
    expect(JSON.parse(String(toFederated?.body))).toMatchObject({ message: base64(bytes) });
    expect(toWebhook?.body.equals(bytes)).toBe(true);
  });

  test.concurrent('unknown fields are tolerated', async () => {
    const sender = await system.node();
    acceptedOf(
      await post(sender.key, callTo([sender.did], { priority: 7, signature: { by: ['someone'] }, note: null })),
    );
  });

  test.concurrent('static: exactly the nodes listed, by DID or id', async () => {
    const [sender, one, two, other] = await Promise.all([system.node(), system.node(), system.node(), system.node()]);
    const { id, deliveries } = acceptedOf(await post(sender.key, callTo([one.did, two.id])));
    expect(deliveries.map(({ node }) => node).toSorted()).toEqual([one.id, two.id].toSorted());
    await Promise.all([one.server.waitFor(1), two.server.waitFor(1)]);
    expect((await system.message(id)).deliveries).toHaveLength(2);
    expect(other.server.requests).toEqual([]);
    expect(sender.server.requests).toEqual([]);
  });

  test.concurrent('static: the origin too when it is named', async () => {
    const sender = await system.node();
    acceptedOf(await post(sender.key, callTo([sender.did])));
    await sender.server.waitFor(1);
  });

  test.concurrent('static: a node named twice gets it once', async () => {
    const [sender, receiver] = await Promise.all([system.node(), system.node()]);
    const { id, deliveries } = acceptedOf(await post(sender.key, callTo([receiver.did, receiver.did, receiver.id])));
    expect(deliveries).toEqual([{ node: receiver.id, state: 'pending' }]);
    await system.until(id, receiver.id, ({ state }) => state === 'delivered');
    expect(receiver.server.requests).toHaveLength(1);
  });

  test.each([
    ['no destinations', undefined],
    ['an empty list', []],
    ['a list that names one', ['did:web:nobody.example']],
  ])('broadcast: every node except the origin, whatever destinations says: %s', async (_what, destinations) => {
    const [sender, one, two] = await Promise.all([system.node(), system.node(), system.node()]);
    const call = { ...callTo([]), destinations, distributionRule: 'broadcast' };
    const { id, deliveries } = acceptedOf(await post(sender.key, call));
    const names = deliveries.map(({ node }) => node);
    expect(names.toSorted()).toEqual(await everyNodeBut(sender));
    expect(names).toEqual(expect.arrayContaining([one.id, two.id]));
    await Promise.all([one.server.waitFor(1), two.server.waitFor(1)]);
    expect((await system.message(id)).deliveries).toHaveLength(names.length);
    expect(sender.server.requests).toEqual([]);
  });

  test('broadcast: every node as registered at that moment', async () => {
    const [sender, leaving, staying] = await Promise.all([system.node(), system.node(), system.node()]);
    await system.call('DELETE', `/api/v1/nodes/${leaving.id}`);
    const { id } = acceptedOf(await post(sender.key, callTo([], { distributionRule: 'broadcast' })));
    const late = await system.node();
    await system.until(id, staying.id, ({ state }) => state === 'delivered');
    const names = (await system.message(id)).deliveries.map(({ node }) => node);
    expect(names).not.toContain(leaving.id);
    expect(names).not.toContain(late.id);
    expect([...leaving.server.requests, ...late.server.requests]).toEqual([]);
  });

  test('a missing rule is static with, broadcast without destinations', async () => {
    const [sender, one] = await Promise.all([system.node(), system.node()]);
    const receiversOf = async (destinations: unknown) => {
      const call = { ...callTo([]), distributionRule: undefined, destinations };
      const { deliveries } = acceptedOf(await post(sender.key, call));
      return deliveries.map(({ node }) => node).toSorted();
    };
    expect(await receiversOf([one.did])).toEqual([one.id]);
    expect(await receiversOf([])).toEqual(await everyNodeBut(sender));
    expect(await receiversOf(undefined)).toEqual(await everyNodeBut(sender));
  });

  test.concurrent(
    '202 with id, a UUID of version 7 that is ours, and for each delivery the id of its node and its state',
    async () => {
      const [sender, receiver] = await Promise.all([system.node(), system.node()]);
      const call = callTo([receiver.did]);
      const reply = await post(sender.key, call);
      const { id } = acceptedOf(reply);
      expect(reply.body).toEqual({ id, deliveries: [{ node: receiver.id, state: 'pending' }] });
      expect(id).not.toBe(call.messageId);
      expect(await system.message(id)).toMatchObject({ id, senderId: call.messageId });
    },
  );

  test.concurrent(
    'the same origin and messageId again, all else the same: 202 with the first id, and nothing is sent twice',
    async () => {
      const [sender, one, two] = await Promise.all([system.node(), system.node(), system.node()]);
      const call = callTo([one.did, two.did]);
      const { id } = acceptedOf(await post(sender.key, call));
      await Promise.all([one, two].map((node) => system.until(id, node.id, ({ state }) => state === 'delivered')));
      const repeats = [
        call,
        { ...call, destinations: [two.did, one.did, two.did] },
        { ...call, recordedTime: 1735689601 },
      ];
      for (const repeat of repeats) {
        const again = acceptedOf(await post(sender.key, repeat));
        expect(again.id).toBe(id);
        expect(again.deliveries).toContainEqual({ node: one.id, state: 'delivered' });
      }
      expect((await system.message(id)).deliveries).toHaveLength(2);
      expect(await system.query('SELECT count(*)::int FROM message WHERE origin = $1', [sender.id])).toEqual([
        { count: 1 },
      ]);
      expect([one.server.requests.length, two.server.requests.length]).toEqual([1, 1]);
    },
  );

  test.concurrent('fifty of the same at once are one message', async () => {
    const [sender, receiver] = await Promise.all([system.node(), system.node()]);
    const call = callTo([receiver.did]);
    const replies = await Promise.all(Array.from({ length: 50 }, () => post(sender.key, call)));
    const ids = new Set(replies.map((reply) => acceptedOf(reply).id));
    expect(ids.size).toBe(1);
    await system.until([...ids][0] ?? '', receiver.id, ({ state }) => state === 'delivered');
    expect(receiver.server.requests).toHaveLength(1);
  });

  test.concurrent('the same messageId from another origin is another message', async () => {
    const [sender, other, receiver] = await Promise.all([system.node(), system.node(), system.node()]);
    const call = callTo([receiver.did]);
    const [first, second] = [acceptedOf(await post(sender.key, call)), acceptedOf(await post(other.key, call))];
    expect(second.id).not.toBe(first.id);
    await receiver.server.waitFor(2);
  });

  test.concurrent.each([
    ['payload bytes', () => ({ message: base64('{"arrived": true}') })],
    ['type', () => ({ messageType: 'fullevent' })],
    ['set of destinations', (one: RegisteredNode, two: RegisteredNode) => ({ destinations: [one.did, two.did] })],
    ['destinations as given, though they resolve to the same', (one: RegisteredNode) => ({ destinations: [one.id] })],
    ['rule', () => ({ destinations: [], distributionRule: 'broadcast' })],
  ])('the same origin and messageId with another %s: 409', async (_what, change) => {
    const [sender, one, two] = await Promise.all([system.node(), system.node(), system.node()]);
    const call = callTo([one.did]);
    const { id } = acceptedOf(await post(sender.key, call));
    problemOf(await post(sender.key, { ...call, ...change(one, two) }), 409);
    await system.until(id, one.id, ({ state }) => state === 'delivered');
    expect(await system.query('SELECT id FROM message WHERE origin = $1', [sender.id])).toEqual([{ id }]);
    expect([one.server.requests.length, two.server.requests.length]).toEqual([1, 0]);
  });

  test.concurrent('a destination nobody registered: 422 naming each, and nothing is stored', async () => {
    const [sender, receiver] = await Promise.all([system.node(), system.node()]);
    const call = callTo(['did:web:nobody.example', receiver.did, 'no-one-either']);
    const { errors } = problemOf(await post(sender.key, call), 422);
    expect(errors).toHaveLength(2);
    expect(errors[0]?.message).toContain('did:web:nobody.example');
    expect(errors[1]?.message).toContain('no-one-either');
    await expectNothingStored(sender);
    // The id is still free.
    acceptedOf(await post(sender.key, { ...call, destinations: [receiver.did] }));
  });

  test.concurrent.each([
    ['JSON', '{"recordedTime": 1735689600,', 1],
    ['JSON', '[]', 1],
    ['JSON', '', 1],
    ['base64', { message: 'abc' }, 1],
    ['base64', { message: 'YQ==\n' }, 1],
    ['base64', { message: 'not base64 at all!' }, 1],
    ['fields', { messageId: '', messageType: 'x', recordedTime: 'now' }, 3],
    ['fields', { messageId: undefined, message: 7, destinations: 'customs' }, 3],
    ['fields', { distributionRule: 'anycast' }, 1],
  ])('broken %s: 400 with one entry a problem (%j)', async (_what, broken, problems) => {
    const sender = await system.node();
    const body = typeof broken === 'string' ? broken : callTo([sender.did], broken);
    const { errors } = problemOf(await post(sender.key, body), 400);
    expect(errors).toHaveLength(problems);
    for (const { message } of errors) expect(message).toMatch(/\S/);
    await expectNothingStored(sender);
  });

  test('2xx is answered only after the message and all its deliveries are committed', async () => {
    const sender = await system.node();
    const receivers = await Promise.all([system.node(), system.node()]);
    await system.stopWorker();
    try {
      const call = callTo(receivers.map(({ did }) => did));
      const { id } = acceptedOf(await post(sender.key, call));
      const rows = await system.query('SELECT node_id, state FROM delivery WHERE message_id = $1 ORDER BY node_id', [
        id,
      ]);
      expect(rows).toEqual(
        receivers
          .map(({ id: nodeId }) => ({ node_id: nodeId, state: 'pending' }))
          .toSorted((a, b) => (a.node_id < b.node_id ? -1 : 1)),
      );
    } finally {
      await system.startWorker();
    }
  });

  test('while the commit is held up nothing is answered', async () => {
    const [sender, receiver] = await Promise.all([system.node(), system.node()]);
    const statuses: number[] = [];
    const lock = await system.blockWrites('delivery');
    const posted = post(sender.key, callTo([receiver.did])).then(({ status }) => statuses.push(status));
    try {
      await lock.someoneWaits();
      // An answer that came too early would have come before this one.
      await system.call('GET', '/healthz');
      expect(statuses).toEqual([]);
    } finally {
      await lock.release();
    }
    await posted;
    expect(statuses).toEqual([202]);
  });
});
