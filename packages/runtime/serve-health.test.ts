import { createHealth, type HealthOptions } from './health.ts';
import { serveHealth } from './serve-health.ts';

const metrics = { render: () => Promise.resolve({ contentType: 'text/plain', text: 'up 1\n' }) };

async function withServer(
  options: Partial<HealthOptions>,
  use: (get: (path: string, method?: string) => Promise<Response>) => Promise<void>,
) {
  const log = { warn: jest.fn(), info: jest.fn() };
  const server = await serveHealth({ host: '127.0.0.1', port: 0, checks: {}, metrics, log, ...options });
  try {
    await use((path, method = 'GET') => fetch(`http://127.0.0.1:${server.port}${path}`, { method }));
  } finally {
    await server.close();
  }
  return log;
}

test('live, ready and metrics are answered, anything else is not found', async () => {
  await withServer({ checks: { database: () => Promise.resolve(null) } }, async (get) => {
    const [live, ready, text] = [await get('/healthz'), await get('/readyz?verbose'), await get('/metrics')];
    expect([live.status, await live.json()]).toEqual([200, { live: true }]);
    expect([ready.status, await ready.json()]).toEqual([200, { ready: true, checks: { database: 'ok' } }]);
    expect([text.status, text.headers.get('content-type'), await text.text()]).toEqual([200, 'text/plain', 'up 1\n']);
    for (const [path, method] of [
      ['/', 'GET'],
      ['/healthz/x', 'GET'],
      ['/healthz', 'POST'],
    ] as const) {
      expect((await get(path, method)).status).toBe(404);
    }
    expect((await get('/healthz', 'HEAD')).status).toBe(200);
  });
});

test('readiness says which check failed, and errors go to the log only, once for each loss and return', async () => {
  let isUp = false;
  const checks = {
    database: () => (isUp ? Promise.resolve(null) : Promise.reject(new Error('postgres at 10.0.0.7 is down'))),
    queue: () => Promise.resolve(null),
    lanes: () => Promise.resolve(isUp ? null : 'no lane taken for 60 s'),
  };
  const log = await withServer({ checks }, async (get) => {
    for (let i = 0; i < 2; i += 1) {
      const down = await get('/readyz');
      expect([down.status, await down.json()]).toEqual([
        503,
        { ready: false, checks: { database: 'failed', queue: 'ok', lanes: 'no lane taken for 60 s' } },
      ]);
    }
    isUp = true;
    expect((await get('/readyz')).status).toBe(200);
  });
  expect(log.warn.mock.calls).toEqual([
    [
      'process.unready',
      {
        failed: {
          database: { reason: 'failed', error: new Error('postgres at 10.0.0.7 is down') },
          lanes: { reason: 'no lane taken for 60 s' },
        },
      },
    ],
  ]);
  expect(log.info.mock.calls).toEqual([['process.ready']]);
});

test('many who ask at once share one look, and the next one looks again', async () => {
  const look = jest.fn(() => Promise.resolve(null));
  const health = createHealth({ checks: { look }, metrics, log: { warn: jest.fn(), info: jest.fn() } });
  const answers = await Promise.all([health.answer('/readyz'), health.answer('/readyz'), health.answer('/readyz')]);
  expect(answers.map((answer) => answer?.status)).toEqual([200, 200, 200]);
  expect(look).toHaveBeenCalledTimes(1);
  await health.answer('/readyz');
  expect(look).toHaveBeenCalledTimes(2);
});

test('a check that hangs is unready, in time', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
  try {
    const health = createHealth({
      checks: { hung: () => new Promise(() => {}) },
      metrics,
      log: { warn: jest.fn(), info: jest.fn() },
    });
    const answer = health.answer('/readyz');
    await jest.advanceTimersByTimeAsync(2_000);
    expect(await answer).toMatchObject({
      status: 503,
      body: '{"ready":false,"checks":{"hung":"no answer within 2 s"}}\n',
    });
  } finally {
    jest.useRealTimers();
  }
});

test('metrics that fail are a 500 and a line in the log, and a dead process says so', async () => {
  const render = () => Promise.reject(new Error('no'));
  const log = await withServer({ metrics: { render }, isLive: () => false }, async (get) => {
    expect((await get('/metrics')).status).toBe(500);
    expect((await get('/healthz')).status).toBe(503);
  });
  expect(log.warn).toHaveBeenCalledWith('health.failed', { path: '/metrics', error: new Error('no') });
});

test('a port that is taken is an error of the start, and closing twice is safe', async () => {
  const options = { host: '127.0.0.1', checks: {}, metrics, log: { warn: jest.fn(), info: jest.fn() } };
  const server = await serveHealth({ port: 0, ...options });
  await expect(serveHealth({ port: server.port, ...options })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await server.close();
  await server.close();
});
