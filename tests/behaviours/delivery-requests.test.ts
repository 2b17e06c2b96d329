import { randomBytes, randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';
import { describeBackEnds, type ReceivedRequest } from '#testkit';
import {
  acceptedOf,
  freshId,
  read,
  startSystem,
  waitUntil,
  type RegisteredNode,
  type TestSystem,
} from '../system/index.ts';

// Contract section 3: what a node is sent.

const newSecret = () => `whsec_${randomBytes(32).toString('base64')}`;

describeBackEnds('the request that a node gets', (backEnd) => {
  let system: TestSystem;
  beforeAll(async () => {
    const delivery = { retry: { delay: { fixed: 1, progressive: 0 } } };
    system = await startSystem(backEnd, { config: { delivery } });
  });
  afterAll(() => system.stop());

  type Fields = Readonly<Record<string, unknown>>;

  async function gotOne({ server }: RegisteredNode): Promise<ReceivedRequest> {
    const [request] = await server.waitFor(1);
    if (request === undefined) throw new Error('no request');
    return request;
  }
  const jsonOf = ({ body }: ReceivedRequest) => JSON.parse(body.toString()) as Fields;

  function sendFederated(sender: RegisteredNode, receiver: RegisteredNode, change: Fields = {}) {
    const body = {
      recordedTime: 1735689600,
      destinations: [receiver.did],
      messageId: freshId('theirs'),
      messageType: 'event',
      message: Buffer.from('{"a": 1}').toString('base64'),
      ...change,
    };
    return system
      .call('POST', '/api/message', { key: sender.key, body })
      .then((reply) => ({ ...acceptedOf(reply), body }));
  }
  function sendEvent(sender: RegisteredNode, receiver: RegisteredNode, change: Fields = {}) {
    const event = { specversion: '1.0', id: freshId('event'), source: '/gates/7', type: 'container.gate-in' };
    const body = { ...event, destinations: receiver.id, data: { a: 1 }, ...change };
    const headers = { 'content-type': 'application/cloudevents+json' };
    return system
      .call('POST', '/api/v1/events', { key: sender.key, body, headers })
      .then((reply) => ({ ...acceptedOf(reply), event: body }));
  }
  const withReceiver = (fields: Fields = {}) => Promise.all([system.node(), system.node(fields)]);

  describe('of protocol federated', () => {
    test.concurrent(
      'POST {url}/api/message, JSON with exactly recordedTime, messageId, messageType, message and origin',
      async () => {
        const [sender, receiver] = await withReceiver({ protocol: 'federated' });
        const { body } = await sendFederated(sender, receiver);
        const request = await gotOne(receiver);
        expect([request.method, request.path]).toEqual(['POST', '/api/message']);
        expect(request.headers['content-type']).toBe('application/json');
        const { recordedTime, messageId, messageType, message } = body;
        expect(jsonOf(request)).toEqual({ recordedTime, messageId, messageType, message, origin: sender.did });
      },
    );

    test.concurrent.each([
      ['/base', '/base/api/message'],
      ['/base/', '/base/api/message'],
      ['/', '/api/message'],
    ])('with a url that ends in %s it goes to %s', async (path, expected) => {
      const [sender, receiver] = await withReceiver({ protocol: 'federated' });
      await system.register(receiver.id, { protocol: 'federated', did: receiver.did, url: receiver.server.url + path });
      await sendFederated(sender, receiver);
      expect((await gotOne(receiver)).path).toBe(expected);
    });

    test.concurrent('eventType is sent where the message has one', async () => {
      const [sender, receiver] = await withReceiver({ protocol: 'federated' });
      await sendFederated(sender, receiver, { eventType: 'federated.events.arrival.v1' });
      expect(jsonOf(await gotOne(receiver))).toHaveProperty('eventType', 'federated.events.arrival.v1');
    });

    test.concurrent('message is byte for byte as received, and recordedTime digit for digit', async () => {
      const [sender, receiver] = await withReceiver({ protocol: 'federated' });
      const message = randomBytes(3_000).toString('base64');
      const body = `{"recordedTime":1735689600.123456789012,"destinations":["${receiver.did}"],"messageId":"m","messageType":"event","message":"${message}"}`;
      acceptedOf(await system.call('POST', '/api/message', { key: sender.key, body }));
      const text = (await gotOne(receiver)).body.toString();
      expect(text).toContain(`"message":"${message}"`);
      expect(text).toMatch(/"recordedTime":1735689600\.123456789012[,}]/);
    });

    test.concurrent("messageId is the sender's, be it a UUID or not, and messageType too", async () => {
      const [sender, receiver] = await withReceiver({ protocol: 'federated' });
      for (const messageId of [randomUUID(), 'urn:not-a-uuid']) {
        receiver.server.clear();
        await sendFederated(sender, receiver, { messageId, messageType: 'fullevent' });
        expect(jsonOf(await gotOne(receiver))).toMatchObject({ messageId, messageType: 'fullevent' });
      }
    });

    test.concurrent(
      'a message of our own call: its id where that is a UUID, type event, the moment of acceptance, the payload in base64, its type as eventType',
      async () => {
        const [sender, receiver] = await withReceiver({ protocol: 'federated' });
        const id = randomUUID();
        const accepted = await system.send(sender.key, {
          id,
          type: 'container.gate-in',
          destinations: [receiver.id],
          payload: { a: 1 },
        });
        const { createdAt } = await system.message(accepted.id);
        expect(jsonOf(await gotOne(receiver))).toEqual({
          recordedTime: Math.floor(Date.parse(createdAt) / 1000),
          messageId: id,
          messageType: 'event',
          message: Buffer.from('{"a":1}').toString('base64'),
          origin: sender.did,
          eventType: 'container.gate-in',
        });
      },
    );

    test.concurrent.each([
      ['no id', undefined],
      ['an id that is no UUID', 'gate-in-77120934-1'],
    ])('a message of our own call with %s: our id is its messageId', async (_what, id) => {
      const [sender, receiver] = await withReceiver({ protocol: 'federated' });
      const accepted = await system.send(sender.key, { id, destinations: [receiver.id] });
      expect(jsonOf(await gotOne(receiver))).toHaveProperty('messageId', accepted.id);
    });

    test.concurrent('a CloudEvent: as a message of our own call', async () => {
      const [sender, receiver] = await withReceiver({ protocol: 'federated' });
      const { event, id } = await sendEvent(sender, receiver);
      const { createdAt } = await system.message(id);
      expect(jsonOf(await gotOne(receiver))).toEqual({
        recordedTime: Math.floor(Date.parse(createdAt) / 1000),
        messageId: id,
        messageType: 'event',
        message: Buffer.from('{"a":1}').toString('base64'),
        origin: sender.did,
        eventType: event.type,
      });
    });

    test.concurrent("a sender without a DID: origin is its node's id", async () => {
      const [sender, receiver] = await Promise.all([
        system.node({ did: null }),
        system.node({ protocol: 'federated' }),
      ]);
      await sendFederated(sender, receiver);
      expect(jsonOf(await gotOne(receiver))).toHaveProperty('origin', sender.id);
    });
  });

  describe('of protocol webhook', () => {
    test.concurrent('POST {url}, the payload bytes with their content type', async () => {
      const [sender, receiver] = await withReceiver();
      await system.register(receiver.id, { url: `${receiver.server.url}/in/box?from=us&n=1` });
      const bytes = randomBytes(2_000);
      const payload = {
        payload: undefined,
        payloadBase64: bytes.toString('base64'),
        contentType: 'text/turtle; charset=utf-8',
      };
      await system.send(sender.key, { destinations: [receiver.id], ...payload });
      const request = await gotOne(receiver);
      expect([request.method, request.path]).toEqual(['POST', '/in/box?from=us&n=1']);
      expect(request.headers['content-type']).toBe('text/turtle; charset=utf-8');
      expect(request.body.equals(bytes)).toBe(true);
    });

    test.concurrent(
      "CloudEvents headers: ce-id the sender's id, ce-source the origin's DID, ce-type the type, ce-time the moment of acceptance",
      async () => {
        const [sender, receiver] = await withReceiver();
        const accepted = await system.send(sender.key, {
          id: 'mine-1',
          type: 'container.gate-in',
          destinations: [receiver.id],
        });
        const { createdAt } = await system.message(accepted.id);
        const { headers } = await gotOne(receiver);
        const described = Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('ce-')));
        expect(described).toEqual({
          'ce-specversion': '1.0',
          'ce-id': 'mine-1',
          'ce-source': sender.did,
          'ce-type': 'container.gate-in',
          'ce-time': createdAt,
        });
      },
    );

    test.concurrent("ce-id is ours without the sender's; ce-source the node's id without a DID", async () => {
      const [sender, receiver] = await Promise.all([system.node({ did: null }), system.node()]);
      const { id } = await system.send(sender.key, { destinations: [receiver.id] });
      expect((await gotOne(receiver)).headers).toMatchObject({ 'ce-id': id, 'ce-source': sender.id });
    });

    test.concurrent("ce-time is an event's own; ce-source is the origin all the same", async () => {
      const [sender, receiver] = await withReceiver();
      const { event } = await sendEvent(sender, receiver, { time: '2026-03-02T06:05:00Z' });
      const expected = { 'ce-id': event.id, 'ce-time': '2026-03-02T06:05:00Z', 'ce-source': sender.did };
      expect((await gotOne(receiver)).headers).toMatchObject(expected);
    });

    test.concurrent('an id that a header can not hold is encoded as CloudEvents say', async () => {
      const [sender, receiver] = await withReceiver();
      await system.send(sender.key, { id: 'Zürich – "7" 100%', destinations: [receiver.id] });
      expect((await gotOne(receiver)).headers['ce-id']).toBe('Z%C3%BCrich%20%E2%80%93%20%227%22%20100%25');
    });

    test.concurrent.each(['event', 'fullevent'])(
      "a message of the FEDeRATED node's call, %s: the decoded bytes, application/json",
      async (messageType) => {
        const [sender, receiver] = await withReceiver();
        const bytes = Buffer.from('{ "written" : "as it was" }\n');
        const { body } = await sendFederated(sender, receiver, { messageType, message: bytes.toString('base64') });
        const request = await gotOne(receiver);
        expect(request.body.equals(bytes)).toBe(true);
        expect(request.headers).toMatchObject({
          'content-type': 'application/json',
          'ce-type': messageType,
          'ce-id': body.messageId,
          'ce-source': sender.did,
        });
      },
    );
  });

  describe('of either protocol', () => {
    const protocols = ['federated', 'webhook'] as const;

    test.concurrent.each(protocols)(
      'webhook-id is our id of the message, the same on every attempt, and webhook-timestamp is of this attempt (%s)',
      async (protocol) => {
        const [sender, receiver] = await withReceiver({ protocol });
        receiver.server.answer([{ status: 500 }, {}]);
        const { id } = await system.send(sender.key, { destinations: [receiver.id] });
        const requests = await receiver.server.waitFor(2);
        await system.until(id, receiver.id, ({ state }) => state === 'delivered');
        expect(requests.map(({ headers }) => headers['webhook-id'])).toEqual([id, id]);
        const attempts = await system.attempts(id);
        const timestamps = requests.map(({ headers }) => Number(headers['webhook-timestamp']));
        attempts.forEach(({ startedAt, duration }, i) => {
          // A second is as fine as a timestamp is.
          expect(timestamps[i]).toBeGreaterThanOrEqual(Math.floor(Date.parse(startedAt) / 1000) - 1);
          expect(timestamps[i]).toBeLessThanOrEqual((Date.parse(startedAt) + duration) / 1000 + 1);
        });
        expect(timestamps[1]).toBeGreaterThan(timestamps[0] ?? 0);
      },
    );

    test.concurrent.each(protocols)(
      'where the node has a secret, webhook-signature is what the standard says (%s)',
      async (protocol) => {
        const secret = newSecret();
        const [sender, receiver] = await withReceiver({ protocol, secret });
        receiver.server.answer([{ status: 500 }, {}]);
        await system.send(sender.key, { destinations: [receiver.id], payload: { name: 'Grønhøj – Zürich' } });
        for (const { body, headers } of await receiver.server.waitFor(2)) {
          expect(() => new Webhook(secret).verify(body.toString(), { ...headers })).not.toThrow();
          expect(() => new Webhook(newSecret()).verify(body.toString(), { ...headers })).toThrow();
          expect(() => new Webhook(secret).verify(`${body.toString()} `, { ...headers })).toThrow();
        }
      },
    );

    test.concurrent.each(protocols)('without a secret there is no webhook-signature (%s)', async (protocol) => {
      const [sender, receiver] = await withReceiver({ protocol });
      await system.send(sender.key, { destinations: [receiver.id] });
      const { headers } = await gotOne(receiver);
      expect(headers).not.toHaveProperty('webhook-signature');
      expect(headers).toHaveProperty('webhook-id');
    });

    test.concurrent('after a rotation both secrets sign until the old one ends', async () => {
      const [old, next] = [newSecret(), newSecret()];
      const [sender, receiver] = await withReceiver({ secret: old });
      const rotation = { body: { secret: next, overlap: 2 } };
      const rotated = await system.call('POST', `/api/v1/nodes/${receiver.id}/rotate-secret`, rotation);
      const until = Date.parse(read(rotated, [200], z.object({ previousUntil: z.iso.datetime() })).previousUntil);
      const signers = async () => {
        const { id } = await system.send(sender.key, { destinations: [receiver.id] });
        const isThis = ({ headers }: ReceivedRequest) => headers['webhook-id'] === id;
        const request = (await receiver.server.waitFor((requests) => requests.some(isThis))).find(isThis);
        const verifies = (secret: string) => {
          try {
            new Webhook(secret).verify(String(request?.body), { ...request?.headers });
            return true;
          } catch {
            return false;
          }
        };
        return { old: verifies(old), next: verifies(next) };
      };
      let both = 0;
      for (let begun = Date.now(); begun <= until; begun = Date.now()) {
        const signed = await signers();
        expect(signed.next).toBe(true);
        if (Date.now() >= until) continue;
        expect(signed.old).toBe(true);
        both += 1;
      }
      expect(both).toBeGreaterThan(0);
      // A run of the lane that began while both signed goes on with both.
      const lane = () => system.query('SELECT token FROM lane WHERE node_id = $1', [receiver.id]);
      await waitUntil(lane, ([row]) => row?.token === null);
      expect(await signers()).toEqual({ old: false, next: true });
    });

    test.concurrent('a rotation without an overlap ends the old secret at once', async () => {
      const [old, next] = [newSecret(), newSecret()];
      const [sender, receiver] = await withReceiver({ secret: old });
      await system.call('POST', `/api/v1/nodes/${receiver.id}/rotate-secret`, { body: { secret: next, overlap: 0 } });
      await system.send(sender.key, { destinations: [receiver.id] });
      const { body, headers } = await gotOne(receiver);
      expect(() => new Webhook(next).verify(body.toString(), { ...headers })).not.toThrow();
      expect(() => new Webhook(old).verify(body.toString(), { ...headers })).toThrow();
    });

    const basic = `Basic ${Buffer.from('us:pässword:7').toString('base64')}`;
    test.concurrent.each([
      ['none', { type: 'none' }, {}],
      ['api-key', { type: 'api-key', header: 'X-Their-Key', value: 's3cret' }, { 'x-their-key': 's3cret' }],
      ['basic', { type: 'basic', username: 'us', password: 'pässword:7' }, { authorization: basic }],
      ['bearer', { type: 'bearer', token: 'abc.def.ghi' }, { authorization: 'Bearer abc.def.ghi' }],
      ['none, since it is absent', undefined, {}],
    ])('authentication towards the node: %s', async (_what, auth, expected) => {
      const nodes = await Promise.all([system.node(), ...protocols.map((protocol) => system.node({ protocol, auth }))]);
      const [sender, ...receivers] = nodes;
      await system.send(sender?.key ?? '', { destinations: receivers.map(({ id }) => id) });
      for (const receiver of receivers) {
        const { headers } = await gotOne(receiver);
        const known = Object.entries(headers).filter(([name]) =>
          ['authorization', 'x-their-key', 'x-api-key'].includes(name),
        );
        expect(Object.fromEntries(known)).toEqual(expected);
      }
    });
  });
});
