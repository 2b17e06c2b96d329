import { describeBackEnds, recordingReport, type RecordingReport } from '#testkit';
import { connectQueue, type LaneQueue } from './connect-queue.ts';
import { ticks, type MaintenanceKind } from './maintenance.ts';

/** Counts ticks, and lets a test wait for one. */
function tickCounter() {
  const counts = { sweep: 0, purge: 0 };
  let waiting: { kind: MaintenanceKind; count: number; resolve(): void }[] = [];
  const tick = (kind: MaintenanceKind) => async () => {
    counts[kind] += 1;
    const due = waiting.filter((one) => counts[one.kind] >= one.count);
    waiting = waiting.filter((one) => !due.includes(one));
    for (const { resolve } of due) resolve();
  };
  return {
    counts,
    work: { sweep: tick('sweep'), purge: tick('purge') },
    /** Resolves at the n-th tick. */
    reached: (kind: MaintenanceKind, count: number) =>
      counts[kind] >= count
        ? Promise.resolve()
        : new Promise<void>((resolve) => waiting.push({ kind, count, resolve })),
  };
}

describeBackEnds('the repeatable jobs', (backEnd) => {
  let report: RecordingReport;
  const opened: LaneQueue[] = [];

  async function connect(): Promise<LaneQueue> {
    const queue = await connectQueue({ url: backEnd.queueUrl, databaseUrl: backEnd.databaseUrl, report });
    opened.push(queue);
    return queue;
  }
  const scheduler = (kind: MaintenanceKind) => opened[0]?.queues()[1]?.getJobScheduler(kind);

  beforeEach(async () => {
    report = recordingReport();
    await connect();
    await backEnd.empty();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((one) => one.close()));
  });

  test('two workers share the ticks: each runs once', async () => {
    const ticker = tickCounter();
    const workers = await Promise.all([connect(), connect()]);
    await Promise.all(workers.map((worker) => worker.schedule({ sweep: { every: 0.2 }, purge: { every: 3600 } })));
    const consumers = workers.map((worker) => worker.consumeMaintenance(ticker.work));
    await ticker.reached('sweep', 8);
    await Promise.all(consumers.map((consumer) => consumer.close()));
    // BullMQ counts the ticks it has made: the next one too, unless the worker that took the last one was closing.
    const made = (await scheduler('sweep'))?.iterationCount ?? 0;
    expect([made, made - 1]).toContain(ticker.counts.sweep);
    expect(ticker.counts.purge).toBe(1);
  });

  test('setting the same schedule again, as a restart does, adds no tick', async () => {
    const ticker = tickCounter();
    const [worker] = opened as [LaneQueue];
    const schedule = { sweep: { every: 0.3 }, purge: { every: 3600 } };
    await worker.schedule(schedule);
    worker.consumeMaintenance(ticker.work);
    await ticker.reached('purge', 1);
    const before = await scheduler('purge');
    for (let i = 0; i < 3; i += 1) await worker.schedule(schedule);
    await ticker.reached('sweep', ticker.counts.sweep + 2);
    expect(ticker.counts.purge).toBe(1);
    expect(await scheduler('purge')).toEqual(before);
  });

  test('the interval follows the configuration after a restart, and 0 removes the job', async () => {
    const [worker] = opened as [LaneQueue];
    await worker.schedule({ sweep: { every: 10 }, purge: { every: 3600 } });
    await worker.schedule({ sweep: { every: 2.5 }, purge: { every: 0 } });
    expect(await scheduler('sweep')).toMatchObject({ every: 2500 });
    expect(await scheduler('purge')).toBeUndefined();
    const delayed = (await worker.queues()[1]?.getDelayed()) ?? [];
    expect(delayed.map(({ name }) => name)).toEqual(['sweep']);
  });

  test('ticks go on after the queue was emptied', async () => {
    const ticker = tickCounter();
    const [worker] = opened as [LaneQueue];
    await worker.schedule({ sweep: { every: 0.5 }, purge: { every: 0 } });
    worker.consumeMaintenance(ticker.work);
    await ticker.reached('sweep', 2);
    await backEnd.empty();
    await ticker.reached('sweep', ticker.counts.sweep + 3);
  });

  test('a tick that fails is reported, and the next one comes', async () => {
    const ticker = tickCounter();
    const [worker] = opened as [LaneQueue];
    await worker.schedule({ sweep: { every: 0.2 }, purge: { every: 0 } });
    const sweep = async () => {
      await ticker.work.sweep();
      throw new Error('database gone');
    };
    worker.consumeMaintenance({ ...ticker.work, sweep });
    await ticker.reached('sweep', 3);
    expect(report.factsOf('maintenance.failed')[0]).toEqual({ kind: 'sweep', error: 'database gone' });
  });

  test('a long purge holds up no sweep, and no second purge begins beside it', async () => {
    const ticker = tickCounter();
    const [worker] = opened as [LaneQueue];
    let finish = (): void => undefined;
    const finished = new Promise<void>((resolve) => (finish = resolve));
    const purge = async () => {
      await ticker.work.purge();
      await finished;
    };
    await worker.schedule({ sweep: { every: 0.2 }, purge: { every: 0.2 } });
    worker.consumeMaintenance({ ...ticker.work, purge });
    await ticker.reached('sweep', 6);
    expect(ticker.counts.purge).toBe(1);
    finish();
  });
});

describe('whether a scheduler ticks', () => {
  const now = 1_700_000_000_000;
  test.each([
    ['a tick ahead', { every: 10_000, next: now + 5_000 }, true],
    ['a tick that is due, since all workers are busy', { every: 10_000, next: now - 5_000 }, true],
    ['a tick long overdue', { every: 10_000, next: now - 60_000 }, false],
    ['another interval', { every: 20_000, next: now + 5_000 }, false],
    ['no tick at all', { every: 10_000 }, false],
  ])('%s', (_, found, expected) => {
    expect(ticks(found, 10_000, now)).toBe(expected);
  });
});
