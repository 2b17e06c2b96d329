import type { LaneEnd } from '../delivery/lane-end.ts';
import { policyFor, type DeliveryPolicy } from '../delivery/policy.ts';
import { deliverBatch, mayGoOn, type DeliverOptions, type LaneRun } from './deliver-batch.ts';
import type { LaneStore, Lease, TakenLane } from './lane-store.ts';
import type { SuspectSlots } from './suspect-slots.ts';

/** A run gives its place to other nodes that want it after this long, in ms, or after a batch. */
const SLICE = 1_000;

/** Seconds after which a lane that found no place among the suspect ones looks again, should nobody call it before. */
const NO_PLACE = 30;

/** Seconds after which a lane is asked for again, at the earliest, though the lease on it is just running out. */
const STILL_HELD = 0.01;

export interface LaneOptions extends DeliverOptions {
  store: LaneStore;
  /** The configuration's policy, which a node's own overrides. */
  policy: DeliveryPolicy;
  suspects: SuspectSlots;
  /** Whether this process has a slot that no lane wants now. */
  hasFreeSlot(): boolean;
  /** Keeps a lease renewed until it is let go. */
  leases: { add(lease: Lease): void; delete(lease: Lease): void };
  newToken(): string;
}

/** Works through what is due for one node. An abort ends the run after the attempts that are under way. */
export type RunLane = (nodeId: string, signal: AbortSignal) => Promise<LaneEnd>;

export function createLane(options: LaneOptions): RunLane {
  /** Tokens of runs that failed before they could give their lease back: the next run goes on under the same lease. */
  const kept = new Map<string, string>();

  async function runOnce(nodeId: string, signal: AbortSignal): Promise<LaneEnd> {
    const token = kept.get(nodeId) ?? options.newToken();
    kept.delete(nodeId);
    try {
      return await takeAndRun(options, { nodeId, token }, signal);
    } catch (error) {
      kept.set(nodeId, token);
      throw error;
    }
  }

  return async (nodeId, signal) => {
    let end = await runOnce(nodeId, signal);
    while (isDueNow(end) && options.hasFreeSlot() && !signal.aborted) end = await runOnce(nodeId, signal);
    return end;
  };
}

/** Something is due that came after the last look. */
function isDueNow(end: LaneEnd): boolean {
  return end.kind === 'later' && end.seconds <= 0;
}

async function takeAndRun(
  options: LaneOptions,
  { nodeId, token }: { nodeId: string; token: string },
  signal: AbortSignal,
): Promise<LaneEnd> {
  const lane = await options.store.take(nodeId, token);
  if (lane.kind === 'held') return { kind: 'later', seconds: Math.max(lane.seconds, STILL_HELD) };
  options.leases.add(lane.lease);
  try {
    return await runTaken(options, lane, signal);
  } finally {
    options.leases.delete(lane.lease);
  }
}

async function runTaken(options: LaneOptions, lane: TakenLane, signal: AbortSignal): Promise<LaneEnd> {
  const { lease, node, suspect, recalled } = lane;
  if (recalled) return release(options, lease, suspect);
  if (node === null) return cancelOrphans(options, lease);
  if (node.paused) return release(options, lease, suspect);
  if (suspect && !options.suspects.enter(node.id)) {
    const end = await release(options, lease, suspect);
    return end.kind === 'idle' ? end : { kind: 'later', seconds: Math.max(end.seconds, NO_PLACE) };
  }
  const policy = policyFor(options.policy, node);
  const until = options.now() + SLICE;
  const run: LaneRun = { node, lease, policy, signal, until, timeouts: 0, answered: false, suspect, ended: false };
  try {
    await runSlices(options, run);
  } finally {
    if (suspect) options.suspects.leave();
  }
  return release(options, lease, run.suspect);
}

/**
 * A slice, and another one for as long as more is due and there is no one to give the place to: with a slot free nobody waits. To go to
 * the back of an empty line would cost a job and two statements a slice.
 */
async function runSlices(options: LaneOptions, run: LaneRun): Promise<void> {
  while (await runSlice(options, run)) {
    run.until = options.now() + SLICE;
    if (run.suspect || !options.hasFreeSlot() || !mayGoOn(run, options.now())) return;
  }
}

/** Answers whether more may be due. */
async function runSlice(options: LaneOptions, run: LaneRun): Promise<boolean> {
  for (let room = run.policy.batch; room > 0 && mayGoOn(run, options.now());) {
    const due = await options.store.readDue(run.node, room);
    if (due.length > 0) await deliverBatch(options, run, due);
    // That was all, but for what came meanwhile: the release tells of it, without another look.
    if (due.length < room) return false;
    room -= due.length;
  }
  return true;
}

async function release({ store }: LaneOptions, lease: Lease, suspect: boolean): Promise<LaneEnd> {
  const seconds = await store.release(lease, { suspect });
  return seconds === null ? { kind: 'idle' } : { kind: 'later', seconds: Math.max(seconds, 0) };
}

async function cancelOrphans(options: LaneOptions, lease: Lease): Promise<LaneEnd> {
  const cancelled = await options.store.cancelOrphans(lease.nodeId);
  if (cancelled > 0) options.report.info('node.orphans_cancelled', { node: lease.nodeId, cancelled });
  return release(options, lease, false);
}
