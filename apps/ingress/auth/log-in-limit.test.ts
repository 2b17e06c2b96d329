import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import express from 'express';
import { createErrorHandler } from '../http/error-handler.ts';
import { createLogInLimit } from './log-in-limit.ts';

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

let server: Server;
let port: number;

beforeEach(async () => {
  const app = express();
  const limit = createLogInLimit({ usernameOf: (request) => String(request.query.user), perPair: 3, perAddress: 8 });
  app.post(
    '/token',
    limit,
    (request, response) => void response.status(request.query.password === 'right' ? 200 : 401).end(),
  );
  app.use(createErrorHandler(silent));
  await new Promise<void>((resolve) => (server = app.listen(0, '127.0.0.1', () => resolve())));
  port = (server.address() as AddressInfo).port;
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

async function logIn(user: string, password: string): Promise<Response> {
  const response = await fetch(`http://127.0.0.1:${port}/token?user=${user}&password=${password}`, { method: 'POST' });
  await response.arrayBuffer();
  return response;
}

async function statuses(user: string, times: number): Promise<number[]> {
  const answers = await Promise.all(Array.from({ length: times }, () => logIn(user, 'wrong')));
  return answers.map(({ status }) => status).toSorted((one, other) => one - other);
}

test('too many wrong log-ins of a name are refused, even all at once and with the right password, and others are not', async () => {
  expect(await statuses('ann', 5)).toEqual([401, 401, 401, 429, 429]);
  const refused = await logIn('ann', 'right');
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect((await logIn('bob', 'right')).status).toBe(200);
});

test('a right log-in forgives the wrong ones before it', async () => {
  for (let i = 0; i < 3; i += 1) {
    expect(await statuses('ann', 2)).toEqual([401, 401]);
    expect((await logIn('ann', 'right')).status).toBe(200);
  }
});

test('an address that tries many names is refused', async () => {
  for (const name of ['a', 'b', 'c', 'd']) expect(await statuses(name, 2)).toEqual([401, 401]);
  expect((await logIn('e', 'wrong')).status).toBe(429);
});
