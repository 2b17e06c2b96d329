import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { startTestPostgres, type TestPostgres } from '#testkit';
import { startSystem, type TestSystem } from '../system/index.ts';

/** Of each kind. */
const SOCKETS = 1_000;
/** Ms between two bytes of a connection. */
const DRIP = 1_000;
/** Bytes that 2,000 connections may cost, both of their ends being in this process. */
const COST = 256 * 1_048_576;

let postgres: TestPostgres;
let system: TestSystem;
let key: string;
beforeAll(async () => {
  postgres = await startTestPostgres();
  system = await startSystem({ databaseUrl: postgres.url, queueUrl: 'database' }, { workers: 0 });
  key = await system.register('slow', { url: 'http://127.0.0.1:9/', subscriptions: [] });
});
afterAll(async () => {
  await system.stop();
  await postgres.stop();
});

interface SlowClient {
  readonly socket: Socket;
  /** Resolves with all that came back, once the connection is closed. */
  readonly closed: Promise<string>;
}

/** Sends the beginning of a request, and is open then. */
async function open(beginning: string): Promise<SlowClient> {
  const socket = connect(Number(new URL(system.url).port), '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
  // A byte that crosses the end of the connection is answered by a reset.
  socket.on('error', () => undefined);
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve(answer)));
  await once(socket, 'connect');
  socket.write(beginning);
  return { socket, closed };
}

/** Lets every connection have one byte now and then, until they all are closed. */
async function drip(clients: readonly SlowClient[]): Promise<string[]> {
  const timer = setInterval(() => {
    for (const { socket } of clients) if (socket.writable) socket.write('a');
  }, DRIP);
  const answers = await Promise.all(clients.map(({ closed }) => closed));
  clearInterval(timer);
  return answers;
}

/** A client that keeps sending, one message after the other, until `ended`; answers the statuses that it got. */
async function sendUntil(ended: Promise<unknown>): Promise<number[]> {
  let goesOn = true;
  void ended.then(() => (goesOn = false));
  const statuses: number[] = [];
  while (goesOn) {
    const body = { type: 't', destinations: ['slow'], payload: statuses.length };
    statuses.push((await system.call('POST', '/api/v1/messages', { key, body })).status);
  }
  return statuses;
}

test('2,000 connections that send a byte a second hold nobody up, cost little, and are closed', async () => {
  const memory = () => process.memoryUsage().heapUsed + process.memoryUsage().external;
  const before = memory();
  const inHeaders = 'POST /api/v1/messages HTTP/1.1\r\nhost: a\r\nx-slow: ';
  const inBody =
    `POST /api/v1/messages HTTP/1.1\r\nhost: a\r\nx-api-key: ${key}\r\ncontent-type: application/json\r\n` +
    'content-length: 100000\r\n\r\n"';
  const beginnings = Array.from({ length: 2 * SOCKETS }, (_, i) => (i % 2 === 0 ? inHeaders : inBody));
  const clients = await Promise.all(beginnings.map(open));
  const ended = drip(clients);
  const statuses = sendUntil(ended);
  // One more connection than those, while all of them are open.
  expect((await fetch(`${system.url}/healthz`)).status).toBe(200);
  expect(clients.every(({ socket }) => socket.writable)).toBe(true);
  expect(memory() - before).toBeLessThan(COST);

  const answers = await ended;
  expect(answers).toHaveLength(2 * SOCKETS);
  // Closed without a word where a byte crossed the answer; never with another one.
  const others = answers.filter((answer) => answer !== '' && !answer.startsWith('HTTP/1.1 408 '));
  expect(others).toEqual([]);
  expect(answers.filter((answer) => answer !== '').length).toBeGreaterThan(SOCKETS);
  const good = await statuses;
  expect(new Set(good)).toEqual(new Set([202]));
  expect(good.length).toBeGreaterThan(100);
}, 180_000);
