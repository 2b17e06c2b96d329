import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { describeBackEnds, recordingReport, type BackEnd } from '#testkit';
import { connectQueue, type LaneQueue } from './connect-queue.ts';
import { IDLE, scriptedLanes } from './scripted-lanes.ts';

/** A worker is a process of its own here, so it runs what was built. */
const BUILT = join(process.cwd(), 'dist/packages/queue/index.js');

/** Takes lanes and never ends one; says what it does. */
const WORKER = `
  const [module, url, databaseUrl] = process.argv.slice(1);
  const { connectQueue } = await import(module);
  const silent = () => undefined;
  const report = { debug: silent, info: silent, warn: silent, error: silent };
  const queue = await connectQueue({ url, databaseUrl, report });
  const run = (nodeId) => (console.log(nodeId), new Promise(silent));
  queue.consumeLanes({ name: 'test', concurrency: 1, run, afterDelay: async () => undefined });
`;

interface WorkerProcess {
  /** Resolves with the first node whose lane it has taken. */
  readonly taken: Promise<string>;
  kill(): Promise<void>;
}

function startWorker(backEnd: BackEnd): WorkerProcess {
  const args = ['--input-type=module', '-e', WORKER, pathToFileURL(BUILT).href, backEnd.queueUrl, backEnd.databaseUrl];
  const child: ChildProcess = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  return {
    taken: new Promise((resolve, reject) => {
      if (child.stdout) createInterface({ input: child.stdout }).once('line', resolve);
      child.once('exit', () => reject(new Error('the worker ended before it took a lane')));
    }),
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      child.kill('SIGKILL');
      await exit;
    },
  };
}

beforeAll(() => {
  if (!existsSync(BUILT)) throw new Error(`${BUILT} is not there: run "npm run build" first`);
});

describeBackEnds('the lane of a killed worker', (backEnd) => {
  let queue: LaneQueue;
  const workers: WorkerProcess[] = [];
  beforeEach(async () => {
    queue = await connectQueue({ url: backEnd.queueUrl, databaseUrl: backEnd.databaseUrl, report: recordingReport() });
  });
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.kill()));
    await queue.close(AbortSignal.abort());
  });

  // BullMQ's default fails a job for good at the second kill.
  test('runs elsewhere, after the second kill as after the first', async () => {
    await queue.wake(['a']);
    for (let kills = 0; kills < 2; kills += 1) {
      const worker = startWorker(backEnd);
      workers.push(worker);
      await expect(worker.taken).resolves.toBe('a');
      await worker.kill();
    }
    const lanes = scriptedLanes();
    const consumer = queue.consumeLanes({ name: 'test', concurrency: 1, run: lanes.run, afterDelay: lanes.afterDelay });
    const run = await lanes.next();
    expect(run.nodeId).toBe('a');
    run.end(IDLE);
    await consumer.close();
    expect(await queue.queues()[0]?.getJobCounts('waiting', 'active', 'delayed', 'failed')).toEqual({
      waiting: 0,
      active: 0,
      delayed: 0,
      failed: 0,
    });
  });
});
