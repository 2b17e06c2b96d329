import { describeBackEnds, recordingReport, until, type RecordingReport } from '#testkit';
import { connectQueue, type LaneQueue } from './connect-queue.ts';
import { IDLE, inSeconds, scriptedLanes, type ScriptedLanes } from './scripted-lanes.ts';

describeBackEnds('the queue of lanes', (backEnd) => {
  let report: RecordingReport;
  let queue: LaneQueue;
  let lanes: ScriptedLanes;
  const opened: LaneQueue[] = [];

  async function connect(): Promise<LaneQueue> {
    const connected = await connectQueue({ url: backEnd.queueUrl, databaseUrl: backEnd.databaseUrl, report });
    opened.push(connected);
    return connected;
  }

  beforeEach(async () => {
    report = recordingReport();
    lanes = scriptedLanes();
    queue = await connect();
    await backEnd.empty();
  });
  afterEach(async () => {
    const over = AbortSignal.abort();
    await Promise.all(opened.splice(0).map((one) => one.close(over)));
  });

  const laneJobs = () => queue.queues()[0]?.getJobCounts('waiting', 'active', 'delayed', 'completed', 'failed');
  const take = (concurrency = 4) =>
    queue.consumeLanes({ name: 'test', concurrency, ...lanes, afterDelay: lanes.afterDelay });
  const NOTHING = { waiting: 0, active: 0, delayed: 0, completed: 0, failed: 0 };

  test('a woken lane runs, and leaves nothing behind when it is idle', async () => {
    const consumer = take();
    await queue.wake(['a']);
    const run = await lanes.next();
    expect(run.nodeId).toBe('a');
    run.end(IDLE);
    await consumer.close();
    expect(await laneJobs()).toEqual(NOTHING);
    await expect(queue.queues()[0]?.getDeduplicationJobId('a')).resolves.toBeNull();
  });

  test('waking a waiting lane again changes nothing', async () => {
    await Promise.all([queue.wake(['a', 'b', 'a']), queue.wake(['b'])]);
    await queue.wake(['a']);
    expect(await laneJobs()).toEqual({ ...NOTHING, waiting: 2 });
  });

  test('a delayed lane that is woken starts now', async () => {
    take();
    await queue.wake(['a']);
    (await lanes.next()).end(inSeconds(3600));
    await lanes.nextLook();
    expect(await laneJobs()).toEqual({ ...NOTHING, delayed: 1 });
    await queue.wake(['a']);
    await expect(lanes.next()).resolves.toMatchObject({ nodeId: 'a' });
  });

  test('an active lane that is woken, however often, runs once more', async () => {
    const consumer = take();
    await queue.wake(['a']);
    const first = await lanes.next();
    for (let i = 0; i < 3; i += 1) await queue.wake(['a']);
    expect(lanes.unseen()).toBe(0);
    first.end(IDLE);
    (await lanes.next()).end(IDLE);
    await consumer.close();
    expect(lanes.unseen()).toBe(0);
    expect(await laneJobs()).toEqual(NOTHING);
  });

  test('the delay is the time until the earliest due delivery', async () => {
    take();
    await queue.wake(['a']);
    (await lanes.next()).end(inSeconds(3600.0004));
    await lanes.nextLook();
    const [job] = (await queue.queues()[0]?.getDelayed()) ?? [];
    expect(job).toMatchObject({ delay: 3_600_001, data: { nodeId: 'a' }, failedReason: 'due again in 3600.0004 s' });
    expect(job?.stacktrace ?? []).toEqual([]);
  });

  test('a delayed lane starts by itself when it is due', async () => {
    take();
    await queue.wake(['a']);
    (await lanes.next()).end(inSeconds(0.2));
    await lanes.nextLook();
    (await lanes.next()).end(IDLE);
  });

  test('a lane with more due now goes to the back of the line', async () => {
    await queue.wake(['a']);
    await queue.wake(['b']);
    take(1);
    const order: string[] = [];
    for (const end of [inSeconds(0), IDLE, IDLE]) {
      const run = await lanes.next();
      order.push(run.nodeId);
      run.end(end);
    }
    expect(order).toEqual(['a', 'b', 'a']);
  });

  test('a wake-up swallowed by a lane on its way into its delay is made up for', async () => {
    take();
    await queue.wake(['a']);
    const run = await lanes.next();
    await queue.wake(['a']);
    lanes.onLook = async (nodeId) => {
      expect(await laneJobs()).toEqual({ ...NOTHING, delayed: 1 });
      lanes.onLook = () => Promise.resolve();
      await queue.wake([nodeId]);
    };
    run.end(inSeconds(3600));
    await expect(lanes.nextLook()).resolves.toBe('a');
    await expect(lanes.next()).resolves.toMatchObject({ nodeId: 'a' });
  });

  test('a look after a delay that fails leaves the look to the lane itself', async () => {
    take();
    await queue.wake(['a']);
    lanes.onLook = () => Promise.reject(new Error('database gone'));
    (await lanes.next()).end(inSeconds(3600));
    await expect(report.seen('lane.look-failed')).resolves.toEqual({ nodeId: 'a', error: 'database gone' });
    await expect(lanes.next()).resolves.toMatchObject({ nodeId: 'a' });
  });

  test('a lane whose run throws is reported and tried again, later each time, and never given up', async () => {
    take();
    for (const [failed, again] of [1, 2, 4].entries()) {
      await queue.wake(['a']);
      (await lanes.next()).fail(failed === 1 ? 'no error object' : new Error('bullmq:rateLimitExceeded'));
      await lanes.nextLook();
      const [job] = (await queue.queues()[0]?.getDelayed()) ?? [];
      expect(job?.delay).toBe(again * 1000);
    }
    expect(report.factsOf('lane.failed').map(({ failed, again }) => [failed, again])).toEqual([
      [1, 1],
      [2, 2],
      [3, 4],
    ]);
    await queue.wake(['a']);
    (await lanes.next()).end(IDLE);
  });

  test('two processes share the lanes, and none runs in both', async () => {
    const other = await connect();
    const otherLanes = scriptedLanes();
    take(1);
    other.consumeLanes({ name: 'test', concurrency: 1, run: otherLanes.run, afterDelay: otherLanes.afterDelay });
    await queue.wake(['a', 'b']);
    const runs = await Promise.all([lanes.next(), otherLanes.next()]);
    expect(runs.map(({ nodeId }) => nodeId).sort()).toEqual(['a', 'b']);
    await queue.wake(['a', 'b']);
    expect([lanes.unseen(), otherLanes.unseen()]).toEqual([0, 0]);
  });

  test('on closing, lanes at work are aborted and go back to the line', async () => {
    const consumer = take();
    await queue.wake(['a']);
    const run = await lanes.next();
    const stopping = new AbortController();
    const closed = consumer.close(stopping.signal);
    expect(consumer.isRunning()).toBe(false);
    expect(run.signal.aborted).toBe(false);
    stopping.abort();
    await closed;
    expect(await laneJobs()).toEqual({ ...NOTHING, waiting: 1 });
  });

  test('thousands of lanes are woken in one call', async () => {
    await queue.wake(Array.from({ length: 2000 }, (_, i) => `node-${i}`));
    expect(await laneJobs()).toEqual({ ...NOTHING, waiting: 2000 });
  });

  test('a restart of the server is got over', async () => {
    take();
    await queue.wake(['before']);
    (await lanes.next()).end(inSeconds(3600));
    await lanes.nextLook();
    await backEnd.restart();
    await until(() => queue.wake(['before']));
    await expect(lanes.next()).resolves.toMatchObject({ nodeId: 'before' });
  });

  test('what was lost with the queue is only as if never woken', async () => {
    take();
    await queue.wake(['a']);
    const run = await lanes.next();
    await backEnd.empty();
    await queue.wake(['a']);
    await expect(lanes.next()).resolves.toMatchObject({ nodeId: 'a' });
    run.end(IDLE);
    await queue.wake(['b']);
    await expect(lanes.next()).resolves.toMatchObject({ nodeId: 'b' });
  });

  test('while the server is away wake-ups fail fast, and all goes on when it is back', async () => {
    take();
    await backEnd.halt();
    await expect(queue.wake(['a'])).rejects.toThrow();
    await until(() => expect(queue.isReachable()).toBe(false));
    await expect(queue.wake(['a'])).rejects.toMatchObject({ code: 'QUEUE_UNREACHABLE' });
    await backEnd.start();
    await until(() => queue.wake(['a']));
    await expect(lanes.next()).resolves.toMatchObject({ nodeId: 'a' });
  });

  test('a server that hangs is noticed, and lanes run again when it answers', async () => {
    take();
    backEnd.pause();
    await expect(queue.wake(['a'])).rejects.toThrow();
    await until(() => expect(queue.isReachable()).toBe(false));
    backEnd.resume();
    await until(() => queue.wake(['a']));
    await expect(lanes.next()).resolves.toMatchObject({ nodeId: 'a' });
  });
});
