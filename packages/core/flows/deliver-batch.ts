import type { Decision } from '../delivery/decide-after-attempt.ts';
import { isRisky } from '../delivery/crash-risk.ts';
import { deliver, type DeliverOptions } from './deliver.ts';
import { hasTimedOut, mayGoOn, type LaneRun } from './lane-run.ts';
import type { DueDelivery } from './lane-store.ts';

/** Attempts what is due, at most `concurrency` at a time; each is recorded before its place goes to the next. */
export async function deliverBatch(options: DeliverOptions, run: LaneRun, read: readonly DueDelivery[]): Promise<void> {
  const due = run.node.ordering === 'fifo' ? read : riskyLast(run, read);
  const tried = await deliverWhilePossible(options, run, due);
  if (hasTimedOut(run)) await putOff(options, run, due.slice(tried));
}

/** What may take the process down comes when everything else is done. */
function riskyLast(run: LaneRun, due: readonly DueDelivery[]): readonly DueDelivery[] {
  return due.toSorted((one, other) => Number(isRisky(one, run)) - Number(isRisky(other, run)));
}

/** Answers how many were begun, when none of them is under way any more: a failure too waits for the others. */
function deliverWhilePossible(options: DeliverOptions, run: LaneRun, due: readonly DueDelivery[]): Promise<number> {
  return new Promise((resolve, reject) => {
    let begun = 0;
    let underWay = 0;
    let failure: unknown;

    function begin(): void {
      for (
        let next = due[begun];
        next !== undefined && mayBegin(run, next, underWay, options.now());
        next = due[begun]
      ) {
        begun += 1;
        underWay += 1;
        deliver(options, run, next).then(end, fail);
      }
      if (underWay > 0) return;
      if (failure === undefined) resolve(begun);
      else reject(failure);
    }
    function end(): void {
      underWay -= 1;
      begin();
    }
    function fail(error: unknown): void {
      failure ??= error;
      run.ended = true;
      end();
    }
    begin();
  });
}

/** What may take the process down is attempted with nothing else under way; after a time-out nothing is begun that would outlast a wave of them: what is under way says first whether the node still answers. */
function mayBegin(run: LaneRun, delivery: DueDelivery, underWay: number, now: number): boolean {
  const { concurrency } = run.policy;
  const most = isRisky(delivery, run) ? 1 : concurrency;
  if (underWay >= most || !mayGoOn(run, now)) return false;
  return run.timeouts === 0 || run.timeouts + underWay < concurrency;
}

/** What a wave of time-outs kept from being tried counts no attempt and falls due again after the fixed delay. */
async function putOff({ store, report }: DeliverOptions, run: LaneRun, untried: readonly DueDelivery[]): Promise<void> {
  const { node, lease, policy } = run;
  const decision: Decision = { state: 'pending', delay: policy.retry.delay.fixed };
  report.warn('node.suspect', { node: node.id, timeouts: run.timeouts, putOff: untried.length });
  await Promise.all(untried.map((delivery) => store.record({ lease, delivery, decision, attempt: null })));
}
