import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Webhook } from 'standardwebhooks';
import { describeBackEnds, type ReceivedRequest } from '#testkit';
import { acceptedOf, startSystem, type RegisteredNode, type TestSystem } from '../system/index.ts';

// Every file of samples/, from one end to the other.

const fileOf = (name: string) => readFileSync(`samples/${name}`);
const fieldsOf = (name: string) => JSON.parse(fileOf(name).toString()) as Readonly<Record<string, unknown>>;

describeBackEnds('the samples', (backEnd) => {
  let system: TestSystem;
  let customs: RegisteredNode;
  let terminal: RegisteredNode;
  let carrier: RegisteredNode;
  let forwarder: RegisteredNode;
  const secret = `whsec_${randomBytes(32).toString('base64')}`;

  beforeAll(async () => {
    system = await startSystem(backEnd);
    const known = (id: string, fields: Readonly<Record<string, unknown>>) =>
      system.node({ id, did: `did:web:${id}.example.org`, ...fields });
    [customs, terminal, carrier, forwarder] = await Promise.all([
      known('customs', { protocol: 'federated' }),
      known('terminal', { protocol: 'federated' }),
      known('carrier', { protocol: 'federated' }),
      known('forwarder', { protocol: 'webhook', secret, subscriptions: ['minimal.>', 'dcsa.*'] }),
    ]);
  });
  afterEach(() => {
    for (const { server } of [customs, terminal, carrier, forwarder]) server.clear();
  });
  afterAll(() => system.stop());

  const post = async (path: string, sender: RegisteredNode, body: unknown, type = 'application/json') =>
    acceptedOf(await system.call('POST', path, { key: sender.key, body, headers: { 'content-type': type } }));
  async function gotOne({ server }: RegisteredNode): Promise<ReceivedRequest> {
    const [request, ...others] = await server.waitFor(1);
    if (request === undefined || others.length > 0) throw new Error(`expected one request, got ${others.length + 1}`);
    return request;
  }
  const jsonOf = ({ body }: ReceivedRequest) => JSON.parse(body.toString()) as unknown;
  const expectSigned = ({ body, headers }: ReceivedRequest) =>
    expect(() => new Webhook(secret).verify(body.toString(), { ...headers }, { jsonParse: false })).not.toThrow();

  /** What a federated node gets of a sample. */
  function forwarded(name: string, origin: string): unknown {
    const { recordedTime, messageId, messageType, message } = fieldsOf(name);
    return { recordedTime, messageId, messageType, message, origin };
  }

  test('federated-event.json reaches two nodes of protocol federated', async () => {
    const { deliveries } = await post('/api/message', carrier, fileOf('federated-event.json'));
    expect(deliveries.map(({ node }) => node)).toEqual(['customs', 'terminal']);
    for (const receiver of [customs, terminal]) {
      const request = await gotOne(receiver);
      expect(request.path).toBe('/api/message');
      expect(jsonOf(request)).toEqual(forwarded('federated-event.json', 'did:web:carrier.example.org'));
    }
    expect([...carrier.server.requests, ...forwarder.server.requests]).toEqual([]);
  });

  test('federated-broadcast.json reaches every node but its origin, a webhook node with the decoded bytes', async () => {
    await post('//api/message', customs, fileOf('federated-broadcast.json'));
    for (const receiver of [terminal, carrier]) {
      expect(jsonOf(await gotOne(receiver))).toEqual(
        forwarded('federated-broadcast.json', 'did:web:customs.example.org'),
      );
    }
    const request = await gotOne(forwarder);
    expect(request.body.toString('base64')).toBe(fieldsOf('federated-broadcast.json').message);
    expect(request.headers).toMatchObject({ 'ce-type': 'event', 'ce-source': 'did:web:customs.example.org' });
    expectSigned(request);
    expect(customs.server.requests).toEqual([]);
  });

  test('federated-fullevent.json reaches its one node', async () => {
    await post('/api/message', terminal, fileOf('federated-fullevent.json'));
    expect(jsonOf(await gotOne(carrier))).toEqual(
      forwarded('federated-fullevent.json', 'did:web:terminal.example.org'),
    );
  });

  test('minimal-event.json reaches a webhook node whose signature standardwebhooks accepts', async () => {
    const text = fileOf('minimal-event.json').toString();
    await post(
      '/api/v1/messages',
      terminal,
      `{"type": "minimal.event", "destinations": ["forwarder"], "payload": ${text}}`,
    );
    const request = await gotOne(forwarder);
    expectSigned(request);
    expect(jsonOf(request)).toEqual(JSON.parse(text));
    // 19.000 tons stay 19.000 tons: nothing but the spaces between tokens is gone.
    expect(request.body.toString()).toContain('"grossMass":19.000,"grossVolume":13.600');
  });

  test('minimal-event.json as bytes arrives with every space', async () => {
    const payloadBase64 = fileOf('minimal-event.json').toString('base64');
    await post('/api/v1/messages', terminal, { type: 'minimal.event', payloadBase64, contentType: 'application/json' });
    const request = await gotOne(forwarder);
    expectSigned(request);
    expect(request.body.equals(fileOf('minimal-event.json'))).toBe(true);
  });

  test('dcsa-gate-in.json reaches whoever is subscribed', async () => {
    const { deliveries } = await post('/api/v1/messages', terminal, {
      type: 'dcsa.gate-in',
      payload: fieldsOf('dcsa-gate-in.json'),
    });
    expect(deliveries).toEqual([{ node: 'forwarder', state: 'pending' }]);
    const request = await gotOne(forwarder);
    expectSigned(request);
    expect(jsonOf(request)).toEqual(fieldsOf('dcsa-gate-in.json'));
  });

  test('cloudevent-gate-in.json reaches the two nodes it names, which know no CloudEvents', async () => {
    await post('/api/v1/events', terminal, fileOf('cloudevent-gate-in.json'), 'application/cloudevents+json');
    for (const receiver of [customs, carrier]) {
      const request = jsonOf(await gotOne(receiver)) as Readonly<Record<string, unknown>>;
      expect(request).toMatchObject({
        messageType: 'event',
        eventType: 'container.gate-in',
        origin: 'did:web:terminal.example.org',
      });
      const payload = Buffer.from(String(request.message), 'base64').toString();
      expect(JSON.parse(payload)).toEqual(fieldsOf('cloudevent-gate-in.json').data);
    }
  });

  test('arrival.ttl passes unchanged, with its letters beyond ASCII', async () => {
    const payloadBase64 = fileOf('arrival.ttl').toString('base64');
    const destinations = ['forwarder', 'customs'];
    await post('/api/v1/messages', terminal, {
      type: 'arrival',
      destinations,
      payloadBase64,
      contentType: 'text/turtle',
    });
    const request = await gotOne(forwarder);
    expectSigned(request);
    expect(request.headers['content-type']).toBe('text/turtle');
    expect(request.body.equals(fileOf('arrival.ttl'))).toBe(true);
    expect(jsonOf(await gotOne(customs))).toMatchObject({ message: payloadBase64 });
  });
});
