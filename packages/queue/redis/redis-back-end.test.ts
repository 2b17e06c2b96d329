import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { recordingReport, redisAvailable, startTestRedis, until, type RecordingReport, type TestRedis } from '#testkit';
import { connectQueue, type LaneQueue } from '../connect-queue.ts';
import { IDLE, inSeconds, scriptedLanes } from '../scripted-lanes.ts';

// Without a redis-server on the PATH `describeBackEnds` says loudly what was left out; in CI that is a failure.
const whenAvailable = redisAvailable() ? describe : describe.skip;

whenAvailable('the queue on Redis', () => {
  let report: RecordingReport;
  const opened: LaneQueue[] = [];
  const servers: { stop(): Promise<void> }[] = [];

  beforeEach(() => {
    report = recordingReport();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((queue) => queue.close(AbortSignal.abort())));
    for (const server of servers.splice(0).toReversed()) await server.stop();
  });

  async function startRedis(settings: Record<string, string> = {}): Promise<TestRedis> {
    const redis = await startTestRedis({ settings });
    servers.push(redis);
    return redis;
  }

  async function connect(url: string): Promise<LaneQueue> {
    const queue = await connectQueue({ url, databaseUrl: 'postgres://unused', report });
    opened.push(queue);
    return queue;
  }

  /** A wake-up, a run, a delay and a tick: what needs every script of BullMQ that we use. */
  async function expectToWork(queue: LaneQueue): Promise<void> {
    const lanes = scriptedLanes();
    queue.consumeLanes({ name: 'test', concurrency: 2, run: lanes.run, afterDelay: lanes.afterDelay });
    await queue.wake(['a', 'b']);
    const runs = [await lanes.next(), await lanes.next()];
    expect(runs.map(({ nodeId }) => nodeId).sort()).toEqual(['a', 'b']);
    runs[0]?.end(inSeconds(0.01));
    (await lanes.next()).end(IDLE);
    await queue.schedule({ sweep: { every: 0.1 }, purge: { every: 0 } });
    await new Promise<void>((resolve) => {
      queue.consumeMaintenance({ sweep: async () => resolve(), purge: async () => undefined });
    });
  }

  test('a server whose memory is full does not count as reachable: it answers, and takes no jobs', async () => {
    const redis = await startRedis();
    const queue = await connect(redis.url);
    await redis.command('CONFIG SET maxmemory 1');
    await until(() => expect(queue.isReachable()).toBe(false));
    await expect(queue.wake(['a'])).rejects.toMatchObject({ code: 'QUEUE_UNREACHABLE' });
    await redis.command('CONFIG SET maxmemory 0');
    await until(() => expect(queue.isReachable()).toBe(true));
    await queue.wake(['a']);
  });

  test('a server that may evict is refused, with what to do', async () => {
    const { url } = await startRedis({ 'maxmemory-policy': 'allkeys-lru' });
    await expect(connect(url)).rejects.toMatchObject({
      code: 'QUEUE_EVICTION',
      message: expect.stringMatching(
        /127\.0\.0\.1:\d+ has maxmemory-policy "allkeys-lru".*maxmemory-policy noeviction/,
      ),
    });
  });

  test('a server that may evict after a reconnect is told', async () => {
    const redis = await startRedis();
    await connect(redis.url);
    await redis.restart();
    await redis.command('CONFIG SET maxmemory-policy volatile-lru');
    await redis.command('CLIENT KILL TYPE normal');
    expect((await report.seen('queue.unfit'))['error']).toContain('volatile-lru');
  });

  test('a password in the URL is used', async () => {
    const redis = await startRedis({ requirepass: 's%crt' });
    await expectToWork(await connect(redis.url.replace('//', '//:s%25crt@')));
  });

  test('a server that is away at the start is found when it comes', async () => {
    const redis = await startRedis();
    await redis.kill();
    const queue = await connect(redis.url);
    expect(queue.isReachable()).toBe(false);
    expect(report.factsOf('queue.unreachable-at-start')).toEqual([{ backEnd: `Redis at 127.0.0.1:${redis.port}` }]);
    const lanes = scriptedLanes();
    queue.consumeLanes({ name: 'test', concurrency: 1, run: lanes.run, afterDelay: lanes.afterDelay });
    const ticked = new Promise<void>((resolve) => {
      queue.consumeMaintenance({ sweep: async () => resolve(), purge: async () => undefined });
    });
    await queue.schedule({ sweep: { every: 10 }, purge: { every: 0 } });
    await redis.restart();
    await ticked;
    await until(() => queue.wake(['a']));
    await expect(lanes.next()).resolves.toMatchObject({ nodeId: 'a' });
  });

  test('ticks go on at once when the server comes back empty', async () => {
    const redis = await startRedis();
    const queue = await connect(redis.url);
    let told: () => void = () => undefined;
    const tick = () => new Promise<void>((resolve) => (told = resolve));
    const first = tick();
    queue.consumeMaintenance({ sweep: async () => told(), purge: async () => undefined });
    await queue.schedule({ sweep: { every: 3600 }, purge: { every: 0 } });
    await first;
    const second = tick();
    await redis.restart({ empty: true });
    await second;
  });

  test('behind Sentinel', async () => {
    const redis = await startRedis();
    const sentinel = await startSentinel(redis.port);
    servers.push(sentinel);
    await expectToWork(await connect(`redis+sentinel://127.0.0.1:${sentinel.port}/queues`));
  });

  test('in a Cluster', async () => {
    const redis = await startRedis({ 'cluster-enabled': 'yes', 'cluster-announce-ip': '127.0.0.1' });
    await redis.command('CLUSTER ADDSLOTSRANGE 0 16383');
    while (!(await redis.command('CLUSTER INFO')).includes('cluster_state:ok'));
    await expectToWork(await connect(`redis+cluster://127.0.0.1:${redis.port}`));
  });
});

async function startSentinel(masterPort: number): Promise<{ port: number; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-sentinel-'));
  const port = masterPort > 60_000 ? masterPort - 1_000 : masterPort + 1_000;
  const file = join(folder, 'sentinel.conf');
  await writeFile(
    file,
    `port ${port}\nbind 127.0.0.1\ndir ${folder}\nsentinel monitor queues 127.0.0.1 ${masterPort} 1\n`,
  );
  const sentinel = spawn('redis-server', [file, '--sentinel'], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise<void>((resolve, reject) => {
    sentinel.once('exit', () => reject(new Error('the sentinel did not start')));
    createInterface({ input: sentinel.stdout }).on('line', (line) => line.includes('+monitor') && resolve());
  });
  return {
    port,
    async stop() {
      const exit = once(sentinel, 'exit');
      sentinel.kill('SIGKILL');
      await exit;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
