import { once } from 'node:events';
import { createServer, request as httpRequest, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { Webhook } from 'standardwebhooks';
import { createSeenMessages, deliveryOf, receiveDeliveries, type ReceiverOptions } from '../index.ts';

const secretOf = (fill: number) => `whsec_${Buffer.alloc(32, fill).toString('base64')}`;
const secret = secretOf(7);

let servers: Server[] = [];
let handled: { id: string; text: string }[] = [];

afterEach(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
  servers = [];
  handled = [];
});

/** A receiver made with Express, whose handler answers one status after the other. */
async function start(options: Partial<ReceiverOptions> = {}, statuses: number[] = [], before?: express.RequestHandler) {
  const app = express();
  if (before) app.use(before);
  app.post('/in', receiveDeliveries({ secrets: [secret], ...options }), (request, response) => {
    const delivery = deliveryOf(request);
    handled.push({ id: delivery.id, text: delivery.text() });
    response.status(statuses.shift() ?? 204).end();
  });
  return listen(app);
}

async function listen(handler: RequestListener): Promise<string> {
  const server = createServer(handler);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  servers.push(server);
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`;
}

interface Delivery {
  readonly id?: string;
  readonly body?: string;
  readonly by?: string;
  readonly at?: Date;
}

const headersOf = ({ id = 'msg_1', body = '{"a":1}', by = secret, at = new Date() }: Delivery) => ({
  'content-type': 'application/json',
  'webhook-id': id,
  'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
  'webhook-signature': new Webhook(by).sign(id, at, body),
});

async function deliver(url: string, delivery: Delivery = {}) {
  const { body = '{"a":1}' } = delivery;
  const response = await fetch(url, { method: 'POST', headers: headersOf(delivery), body });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

test('a delivery that is signed comes to its handler, with its id and its bytes', async () => {
  const url = await start();
  expect((await deliver(url, { id: 'one', body: '{"weight":19.000, "ü":1}' })).status).toBe(204);
  expect(handled).toEqual([{ id: 'one', text: '{"weight":19.000, "ü":1}' }]);
});

test('one that was taken is answered 204 and does not come again, and others do', async () => {
  const url = await start({}, [201]);
  expect((await deliver(url, { id: 'one' })).status).toBe(201);
  expect((await deliver(url, { id: 'one' })).status).toBe(204);
  expect((await deliver(url, { id: 'two' })).status).toBe(204);
  expect(handled.map(({ id }) => id)).toEqual(['one', 'two']);
});

test('one whose handler failed comes again', async () => {
  const url = await start({}, [500, 200]);
  expect((await deliver(url)).status).toBe(500);
  expect((await deliver(url)).status).toBe(200);
  expect((await deliver(url)).status).toBe(204);
  expect(handled).toHaveLength(2);
});

test('one that comes while it is being handled is put off, and one beside it is not', async () => {
  const slow: { answer?: () => void } = {};
  const begun = { tell: () => {} };
  const hasBegun = new Promise<void>((resolve) => (begun.tell = resolve));
  const app = express();
  app.post('/in', receiveDeliveries({ secrets: [secret] }), (request, response) => {
    const answer = () => void response.status(200).end();
    if (deliveryOf(request).id !== 'slow') return answer();
    slow.answer = answer;
    return begun.tell();
  });
  const url = await listen(app);
  const first = deliver(url, { id: 'slow' });
  await hasBegun;
  const second = await deliver(url, { id: 'slow' });
  expect(second.status).toBe(503);
  expect(second.headers.get('retry-after')).toBe('1');
  expect((await deliver(url, { id: 'quick' })).status).toBe(200);
  slow.answer?.();
  expect((await first).status).toBe(200);
  expect((await deliver(url, { id: 'slow' })).status).toBe(204);
});

test('what is not signed, is signed by somebody else, or was changed, goes no further', async () => {
  const url = await start();
  const unsigned = await fetch(url, { method: 'POST', body: '{}' });
  expect(unsigned.status).toBe(400);
  expect(await unsigned.json()).toMatchObject({
    status: 400,
    detail: expect.stringContaining('header-missing') as string,
  });
  expect((await deliver(url, { by: secretOf(8) })).text).toContain('no-match');
  const headers = headersOf({ body: '{"a":1}' });
  expect((await fetch(url, { method: 'POST', headers, body: '{"a":2}' })).status).toBe(400);
  expect((await deliver(url, { at: new Date(Date.now() - 3_600_000) })).text).toContain('too-old');
  expect(handled).toEqual([]);
});

test('the secrets may change while it runs', async () => {
  const secrets = [secret];
  const url = await start({ secrets: () => Promise.resolve(secrets) });
  expect((await deliver(url, { id: 'a', by: secretOf(8) })).status).toBe(400);
  secrets.push(secretOf(8));
  expect((await deliver(url, { id: 'a', by: secretOf(8) })).status).toBe(204);
  expect((await deliver(url, { id: 'b' })).status).toBe(204);
});

test('a body above the limit is refused before it is read, and one without a length is cut', async () => {
  const url = await start({ largestBody: 10 });
  const tooLarge = { body: 'x'.repeat(11) };
  expect(await deliver(url, tooLarge)).toMatchObject({ status: 413 });
  const sending = httpRequest(url, { method: 'POST', headers: headersOf(tooLarge) });
  sending.write(tooLarge.body);
  expect(await once(sending, 'response')).toMatchObject([{ statusCode: 413 }]);
  expect((await deliver(url, { body: 'x'.repeat(10) })).status).toBe(204);
  expect(handled).toHaveLength(1);
});

test('the bytes that express.raw read are taken; what a parser left of them is a mistake that is told', async () => {
  expect((await deliver(await start({}, [], express.raw({ type: '*/*' })))).status).toBe(204);
  const app = express();
  app.use(express.json());
  app.post('/in', receiveDeliveries({ secrets: [secret] }));
  app.use(((error, _request, response, _next) => {
    response.status(500).end((error as Error).message);
  }) satisfies express.ErrorRequestHandler);
  expect((await deliver(await listen(app))).text).toContain('before express.json()');
});

test('it needs no Express', async () => {
  const middleware = receiveDeliveries({ secrets: [secret] });
  const url = await listen((request, response) =>
    middleware(request, response, (error) => {
      response.statusCode = error === undefined ? 202 : 500;
      response.end(JSON.stringify(deliveryOf(request).json()));
    }),
  );
  expect(await deliver(url)).toMatchObject({ status: 202, text: '{"a":1}' });
});

test('another memory is asked and told; what it can not remember comes again', async () => {
  const kept = new Set<string>();
  const seen = {
    has: (id: string) => Promise.resolve(kept.has(id)),
    add(id: string) {
      if (id === 'lost') throw new Error('no memory');
      kept.add(id);
    },
  };
  const url = await start({ seen });
  for (const id of ['kept', 'kept', 'lost', 'lost']) expect((await deliver(url, { id })).status).toBe(204);
  expect(handled.map(({ id }) => id)).toEqual(['kept', 'lost', 'lost']);
});

test('a memory that can not be asked is the application to answer for', async () => {
  const url = await start({ seen: { has: () => Promise.reject(new Error('away')), add: () => undefined } });
  expect((await deliver(url)).status).toBe(500);
  expect(handled).toEqual([]);
});

test('the memory in the process keeps the last ids', () => {
  const seen = createSeenMessages({ most: 2 });
  for (const id of ['a', 'b', 'c']) seen.add(id);
  expect(['a', 'b', 'c'].map((id) => seen.has(id))).toEqual([false, true, true]);
});

test('asking for the delivery of a request that did not come through is a mistake', () => {
  expect(() => deliveryOf({})).toThrow('did not come through');
});
