import { randomBytes } from 'node:crypto';
import { describeBackEnds } from '#testkit';
import {
  acceptedBatchSchema,
  acceptedOf,
  freshId,
  problemOf,
  read,
  startSystem,
  type RegisteredNode,
  type TestSystem,
} from '../system/index.ts';

// Contract section 2.3.

const STRUCTURED = 'application/cloudevents+json';
const BATCH = 'application/cloudevents-batch+json';

describeBackEnds('CloudEvents', (backEnd) => {
  let system: TestSystem;
  beforeAll(async () => {
    system = await startSystem(backEnd);
  });
  afterAll(() => system.stop());

  type Headers = Readonly<Record<string, string>>;
  type Fields = Readonly<Record<string, unknown>>;

  const pair = () => Promise.all([system.node(), system.node()]);
  const minimal = () => ({ specversion: '1.0', id: freshId('event'), source: '/gates/7', type: 'container.gate-in' });

  function sendBinary(key: string, body: string | Buffer, attributes: Fields, headers: Headers = {}) {
    const described = Object.entries(attributes).map(([name, value]) => [`ce-${name}`, String(value)] as const);
    return system.call('POST', '/api/v1/events', {
      key,
      body,
      headers: { ...Object.fromEntries(described), ...headers },
    });
  }
  function sendStructured(key: string | undefined, event: unknown, type = STRUCTURED) {
    const headers = { 'content-type': type };
    return system.call('POST', '/api/v1/events', { body: event, headers, ...(key !== undefined && { key }) });
  }
  async function gotOne({ server }: RegisteredNode) {
    const [request] = await server.waitFor(1);
    if (request === undefined) throw new Error('no request');
    return request;
  }

  test.concurrent.each([
    ['application/json', Buffer.from('{ "a" : 1.0 }\n')],
    ['application/x-protobuf; v=1', randomBytes(5_000)],
    ['text/turtle', Buffer.from('@prefix ex: <https://example.org/> .')],
    ['application/xml', Buffer.from('\ufeff<a/>')],
    ['application/octet-stream', Buffer.alloc(0)],
  ])('binary mode: any content type, and the body passes byte for byte: %s', async (type, bytes) => {
    const [sender, receiver] = await pair();
    const event = { ...minimal(), destinations: receiver.id };
    acceptedOf(await sendBinary(sender.key, bytes, event, { 'content-type': type }));
    const request = await gotOne(receiver);
    expect(request.body.equals(bytes)).toBe(true);
    expect(request.headers['content-type']).toBe(type);
  });

  test.concurrent('binary mode: metadata is in ce-* headers', async () => {
    const [sender, receiver] = await pair();
    const event = { ...minimal(), destinations: receiver.id, subject: 'Gr%C3%B8nh%C3%B8j%20M%C3%A6rsk' };
    const { id } = acceptedOf(await sendBinary(sender.key, '{}', event));
    expect(await system.message(id)).toMatchObject({ senderId: event.id, type: event.type, origin: sender.id });
    expect((await gotOne(receiver)).headers['ce-subject']).toBe(event.subject);
  });

  test.concurrent.each<[string, Fields, Fields, string]>([
    ['JSON, as its own text', {}, { data: { a: [1, 'b'] } }, '{"a":[1,"b"]}'],
    ['text of another type', { datacontenttype: 'application/xml' }, { data: '<a b="c"/>' }, '<a b="c"/>'],
    ['bytes in base64', { datacontenttype: 'image/png' }, { data_base64: 'AAH+' }, '\u0000\u0001\ufffd'],
    ['nothing', {}, {}, ''],
  ])('structured mode: the data is %s', async (_what, attributes, data, sent) => {
    const [sender, receiver] = await pair();
    const event = { ...minimal(), destinations: receiver.did, ...attributes };
    acceptedOf(await sendStructured(sender.key, { ...event, ...data }));
    const request = await gotOne(receiver);
    expect(request.body.toString()).toBe(sent);
    expect(request.headers['content-type']).toBe(attributes.datacontenttype ?? 'application/json');
    expect(request.headers).toMatchObject({ 'ce-id': event.id, 'ce-type': event.type });
  });

  test.concurrent('structured mode: no number, key or escape of the data is rewritten', async () => {
    const [sender, receiver] = await pair();
    const { id, source, type } = minimal();
    const event = `{"specversion":"1.0","id":"${id}","source":"${source}","type":"${type}","destinations":"${receiver.id}",
      "data": {"n": 1.0, "n": 12345678901234567890, "é": "\\u00e9"}}`;
    acceptedOf(await sendStructured(sender.key, event));
    expect((await gotOne(receiver)).body.toString()).toBe('{"n":1.0,"n":12345678901234567890,"é":"\\u00e9"}');
  });

  test.concurrent('a batch answers for each event in order, and is all or nothing', async () => {
    const [sender, receiver] = await pair();
    const [one, two] = [
      { ...minimal(), destinations: receiver.id, data: 1 },
      { ...minimal(), type: freshId('unheard.of') },
    ];
    problemOf(await sendStructured(sender.key, [one, { ...two, id: '' }], BATCH), 400);
    expect(await system.query('SELECT id FROM message WHERE origin = $1', [sender.id])).toEqual([]);
    const { messages } = read(await sendStructured(sender.key, [one, two], BATCH), [202], acceptedBatchSchema);
    expect(messages.map(({ deliveries, unrouted }) => [deliveries.length, unrouted])).toEqual([
      [1, undefined],
      [0, true],
    ]);
    expect((await gotOne(receiver)).headers['webhook-id']).toBe(messages[0]?.id);
  });

  test.concurrent(
    "ce-id is the sender's id: the same again is answered with the first id, another event with it is a 409",
    async () => {
      const [sender, receiver] = await pair();
      const event = { ...minimal(), destinations: receiver.id, data: { a: 1 } };
      const { id } = acceptedOf(await sendStructured(sender.key, event));
      expect((await system.message(id)).senderId).toBe(event.id);
      expect(acceptedOf(await sendStructured(sender.key, event)).id).toBe(id);
      const { id: eventId, source, type, specversion } = event;
      const inBinary = { specversion, id: eventId, source, type, destinations: receiver.id };
      expect(acceptedOf(await sendBinary(sender.key, '{"a":1}', inBinary)).id).toBe(id);
      problemOf(await sendStructured(sender.key, { ...event, data: { a: 2 } }), 409);
      problemOf(await sendStructured(sender.key, { ...event, type: 'other' }), 409);
      await system.until(id, receiver.id, ({ state }) => state === 'delivered');
      expect(receiver.server.requests).toHaveLength(1);
    },
  );

  test.concurrent('ce-type is the type: without destinations it finds the nodes that are subscribed', async () => {
    const type = freshId('kind');
    const [sender, subscribed] = await Promise.all([system.node(), system.node({ subscriptions: [`${type}.>`] })]);
    const { deliveries } = acceptedOf(await sendStructured(sender.key, { ...minimal(), type: `${type}.gate-in` }));
    expect(deliveries).toEqual([{ node: subscribed.id, state: 'pending' }]);
    const unrouted = await sendStructured(sender.key, { ...minimal(), type });
    expect(unrouted.body).toEqual({ id: acceptedOf(unrouted).id, deliveries: [], unrouted: true });
  });

  test.concurrent('the extension attribute destinations is a comma-separated list of ids or DIDs', async () => {
    const [sender, one, two] = await Promise.all([system.node(), system.node(), system.node()]);
    const event = { ...minimal(), destinations: `${one.id}, ${two.did},${one.did}` };
    const { deliveries } = acceptedOf(await sendStructured(sender.key, event));
    expect(deliveries.map(({ node }) => node)).toEqual([one.id, two.id]);
    await Promise.all([one.server.waitFor(1), two.server.waitFor(1)]);
    const { errors } = problemOf(
      await sendStructured(sender.key, { ...minimal(), destinations: `${one.id},nobody` }),
      422,
    );
    expect(errors).toHaveLength(1);
    expect(errors[0]?.message).toContain('nobody');
  });

  test.concurrent("with a user's token the event names the node it is sent for", async () => {
    const [sender, receiver] = await pair();
    const event = { ...minimal(), destinations: receiver.id };
    const { id } = acceptedOf(await sendStructured(undefined, { ...event, origin: sender.id }));
    expect((await system.message(id)).origin).toBe(sender.id);
    problemOf(await sendStructured(undefined, { ...event, id: freshId('event') }), 422);
    problemOf(
      await system.call('POST', '/api/v1/events', { key: null, body: event, headers: { 'content-type': STRUCTURED } }),
      401,
    );
  });

  test.concurrent('other attributes and extensions are passed on unchanged, but destinations', async () => {
    const [sender, receiver] = await pair();
    const others = {
      time: '2026-03-02T06:05:00.123456+01:00',
      subject: 'gate/7',
      dataschema: 'https://example.org/schema#1',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      partitionkey: 'MSKU9070323',
    };
    const passedOn = Object.fromEntries(Object.entries(others).map(([name, value]) => [`ce-${name}`, value]));
    const event = { ...minimal(), ...others, destinations: receiver.id };
    acceptedOf(await sendBinary(sender.key, '{}', event));
    acceptedOf(await sendStructured(sender.key, { ...event, id: freshId('event'), data: {}, urgent: true, count: -7 }));
    const [binary, structured] = await receiver.server.waitFor(2);
    expect(binary?.headers).toMatchObject(passedOn);
    expect(structured?.headers).toMatchObject({ ...passedOn, 'ce-urgent': 'true', 'ce-count': '-7' });
    for (const request of [binary, structured]) expect(request?.headers).not.toHaveProperty('ce-destinations');
  });

  test.concurrent.each<[string, Fields]>([
    ['another version', { specversion: '0.3' }],
    ['no id', { id: undefined }],
    ['no source', { source: undefined }],
    ['no type', { type: undefined }],
    ['data twice', { data: 1, data_base64: 'AQ==' }],
    ['a time that is none', { time: 'yesterday' }],
  ])('an event with %s is refused, and nothing is stored', async (_what, change) => {
    const sender = await system.node();
    problemOf(await sendStructured(sender.key, { ...minimal(), destinations: sender.id, ...change }), 400);
    expect(await system.query('SELECT id FROM message WHERE origin = $1', [sender.id])).toEqual([]);
  });
});
