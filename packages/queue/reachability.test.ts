import { recordingReport } from '#testkit';
import { watchReachability } from './reachability.ts';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

/** A queue that answers, refuses or hangs as a test says. */
function fakeQueue() {
  const server = { state: 'answers' as 'answers' | 'refuses' | 'hangs', looks: 0 };
  const probe = () => {
    server.looks += 1;
    if (server.state === 'answers') return Promise.resolve();
    return server.state === 'refuses' ? Promise.reject(new Error('ECONNREFUSED')) : new Promise(() => undefined);
  };
  return { server, probe };
}

async function watch(probe: () => Promise<unknown>) {
  const told: string[] = [];
  const reachability = await watchReachability(probe, 'Redis at a:6379', recordingReport());
  reachability.onUnreachable(() => told.push('unreachable'));
  reachability.onReachable(() => told.push('reachable'));
  return { reachability, told };
}

test.each(['refuses', 'hangs'] as const)(
  'a queue that %s for 10 s is told once, and once when it is back',
  async (state) => {
    const { server, probe } = fakeQueue();
    const { reachability, told } = await watch(probe);
    expect(reachability.isReachable()).toBe(true);

    server.state = state;
    await jest.advanceTimersByTimeAsync(8_000);
    expect(reachability.isReachable()).toBe(false);
    expect(told).toEqual([]);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(told).toEqual(['unreachable']);

    server.state = 'answers';
    await jest.advanceTimersByTimeAsync(4_000);
    expect(reachability.isReachable()).toBe(true);
    expect(told).toEqual(['unreachable', 'reachable']);
    reachability.stop();
  },
);

test('a short silence is no outage', async () => {
  const { server, probe } = fakeQueue();
  const { reachability, told } = await watch(probe);
  server.state = 'refuses';
  await jest.advanceTimersByTimeAsync(9_000);
  server.state = 'answers';
  await jest.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual([]);
  reachability.stop();
});

test('in health the queue is asked every 5 s, and after a stop never again', async () => {
  const { server, probe } = fakeQueue();
  const { reachability } = await watch(probe);
  await jest.advanceTimersByTimeAsync(60_000);
  expect(server.looks).toBe(13);
  reachability.stop();
  await jest.advanceTimersByTimeAsync(60_000);
  expect(server.looks).toBe(13);
});

test('a queue that is away from the start is unreachable, and found when it comes', async () => {
  const { server, probe } = fakeQueue();
  server.state = 'refuses';
  const { reachability, told } = await watch(probe);
  expect(reachability.isReachable()).toBe(false);
  server.state = 'answers';
  await jest.advanceTimersByTimeAsync(1_000);
  expect(reachability.isReachable()).toBe(true);
  expect(told).toEqual([]);
  reachability.stop();
});
