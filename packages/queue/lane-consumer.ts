import type { Job, Worker } from 'bullmq';
import type { LaneEnd, Report } from '#core';
import type { BackEnd } from './back-end.ts';
import { delayAfterFailure, laneDelay, LaneLater } from './lane-delay.ts';
import { ENDLESS, LOCK_DURATION, LONGEST_WAIT, RETRY_DELAY, STALLED_INTERVAL } from './settings.ts';
import { superviseWorker, type SupervisedWorker } from './supervised-worker.ts';
import type { LaneJob } from './waker.ts';

export interface LaneConsumerOptions {
  /** This process, as an operator knows it. */
  readonly name: string;
  /** Lanes worked on at once by this process. */
  readonly concurrency: number;
  /**
   * Works on a node's lane. Its signal aborts when the process must stop: it should then soon answer `later` with 0 s. A rejection is
   * reported, and the lane tried again after 1 s, then 2, 4, 8, and every 15 s.
   */
  run(nodeId: string, signal: AbortSignal): Promise<LaneEnd>;
  /**
   * Called once the lane's job has been delayed. A wake-up that came after the run's last look was swallowed, since the lane was still
   * active: look once more whether something is due, and wake the lane if so. When this rejects the lane is woken to look for itself.
   */
  afterDelay(nodeId: string): Promise<void>;
}

export type LaneConsumer = SupervisedWorker;

export function consumeLanes(
  { name, concurrency, run, afterDelay }: LaneConsumerOptions,
  backEnd: BackEnd,
  wake: (nodeIds: readonly string[]) => Promise<void>,
  report: Report,
): LaneConsumer {
  /** How many runs of a lane threw in a row; lanes in order are not in it. */
  const failures = new Map<string, number>();

  async function runLane(nodeId: string, signal: AbortSignal): Promise<LaneEnd> {
    try {
      const end = await run(nodeId, signal);
      failures.delete(nodeId);
      return end;
    } catch (error) {
      const failed = (failures.get(nodeId) ?? 0) + 1;
      failures.set(nodeId, failed);
      const seconds = delayAfterFailure(failed);
      report.error('lane.failed', {
        nodeId,
        failed,
        again: seconds,
        error: error instanceof Error ? error.message : String(error),
      });
      return { kind: 'later', seconds };
    }
  }

  async function lookAgain(nodeId: string): Promise<void> {
    try {
      await afterDelay(nodeId);
    } catch (error) {
      report.warn('lane.look-failed', { nodeId, error: error instanceof Error ? error.message : String(error) });
      await wake([nodeId]).catch(() => undefined);
    }
  }

  function open(processor: Parameters<BackEnd['openWorker']>[1]): Worker {
    const worker = backEnd.openWorker('lanes', processor, {
      name,
      concurrency,
      lockDuration: LOCK_DURATION,
      stalledInterval: STALLED_INTERVAL,
      maxStalledCount: ENDLESS,
      drainDelay: LONGEST_WAIT / 1000,
      runRetryDelay: RETRY_DELAY,
      settings: { backoffStrategy: (_attempts, _type, error) => laneDelay(error) },
    });
    // Emitted when the job has been moved: from now on a wake-up starts it.
    worker.on('failed', (job, error) => {
      if (job && laneDelay(error) > 0) void lookAgain((job.data as LaneJob).nodeId);
    });
    return worker;
  }

  async function process(job: Job, signal: AbortSignal): Promise<void> {
    const end = await runLane((job.data as LaneJob).nodeId, signal);
    if (end.kind === 'later') throw new LaneLater(end.seconds);
  }

  return superviseWorker({ queue: 'lanes', report, open, process });
}
