import type { FleetMember, Standing } from '#client';
import { counted } from './numbers.ts';
import { reasonWords } from './outcomes.ts';
import { ago, moment, preciseMoment, span } from './time.ts';

/** Where the fault lies. */
export type Fault = 'none' | 'us' | 'node' | 'sender' | 'decision';

export interface Explanation {
  readonly fault: Fault;
  /** A few words: whose it is. */
  readonly verdict: string;
  /** Since when, what is stuck, what happens next. */
  readonly sentence: string;
}

/** Seconds that something may be due before it counts as left lying. */
const LATE = 60;

/** Answers "messages aren't arriving there": is it us, the node, or the sender; since when; what is stuck; what happens next. */
export function explainNode(node: Standing, fleet: readonly FleetMember[], now: number): Explanation {
  if (node.health === 'paused') return paused(node, now);
  if (!fleet.some(({ alive }) => alive)) return noWorkers(node);
  if (node.health === 'suspect' || node.health === 'failing') return failing(node, now);
  if (node.oldestDueAge > LATE) return overdue(node);
  return node.backlog > 0 ? inHand(node, now) : nothingWaits(node, now);
}

function paused(node: Standing, now: number): Explanation {
  const waiting =
    node.backlog === 0 ? 'Nothing waits for it.' : `${waits(node)} and will be delivered once it is resumed.`;
  return {
    fault: 'decision',
    verdict: 'Paused on purpose',
    sentence: join(waiting, frozenPart(node), lastPart(node, now)),
  };
}

function noWorkers(node: Standing): Explanation {
  return {
    fault: 'us',
    verdict: 'It is us: no worker is running',
    sentence: join(
      `${node.backlog === 0 ? 'Nothing waits for this node' : waits(node)}, and nothing is delivered to anyone until a worker is started.`,
    ),
  };
}

function failing(node: Standing, now: number): Explanation {
  const since =
    node.failingSince === null ? '' : ` since ${moment(node.failingSince, now)} (${ago(node.failingSince, now)})`;
  const what = node.health === 'suspect' ? 'It has not answered' : 'Every attempt has failed';
  const reason = reasonWords({ status: node.lastStatus, error: node.lastError });
  return {
    fault: 'node',
    verdict: 'It is the node',
    sentence: join(`${what}${since}. ${endSentence(reason)}`, stuckPart(node), nextPart(node, now)),
  };
}

function overdue(node: Standing): Explanation {
  const doing = node.working ? 'A worker is at it now.' : 'No worker has taken it up: see whether all are busy.';
  return {
    fault: 'us',
    verdict: 'It is us: deliveries lie about',
    sentence: join(`${waits(node)}, the oldest due for ${span(node.oldestDueAge)}.`, doing, frozenPart(node)),
  };
}

function inHand(node: Standing, now: number): Explanation {
  return {
    fault: 'none',
    verdict: 'It is being delivered to',
    sentence: join(`${waits(node)}.`, nextPart(node, now), frozenPart(node), lastPart(node, now)),
  };
}

function nothingWaits(node: Standing, now: number): Explanation {
  if (node.frozen > 0) {
    return {
      fault: 'node',
      verdict: `${counted(node.frozen, 'delivery', 'deliveries')} gave up and wait for you`,
      sentence: join(
        'The node answers now, and nothing else waits for it. Replay them to send them again.',
        lastPart(node, now),
      ),
    };
  }
  if (node.lastQueuedAt === null && node.lastSuccessAt === null) {
    return {
      fault: 'sender',
      verdict: 'Nobody has sent it anything yet',
      sentence: 'No message for it was handed in. Check its subscriptions, and what senders name as destinations.',
    };
  }
  const handedIn =
    node.lastQueuedAt === null
      ? ''
      : ` The last message for it was handed in ${ago(node.lastQueuedAt, now)}; if there should be newer ones, ask the sender.`;
  return {
    fault: 'none',
    verdict: 'All is delivered',
    sentence: join('Nothing waits for it.', lastPart(node, now) + handedIn),
  };
}

function waits({ backlog }: Standing): string {
  return counted(backlog, 'delivery waits', 'deliveries wait');
}

function stuckPart(node: Standing): string {
  if (node.frozen === 0) return node.backlog === 0 ? 'Nothing waits for it now.' : `${waits(node)}.`;
  if (node.backlog > 0) return `${waits(node)} and ${counted(node.frozen, 'is', 'are')} frozen.`;
  return `${counted(node.frozen, 'delivery is', 'deliveries are')} frozen: nothing more happens to them until you replay them.`;
}

function frozenPart({ frozen }: Standing): string {
  return frozen === 0 ? '' : `${counted(frozen, 'is', 'are')} frozen.`;
}

function nextPart({ nextAttemptAt, backlog }: Standing, now: number): string {
  if (nextAttemptAt === null || backlog === 0) return '';
  const seconds = (Date.parse(nextAttemptAt) - now) / 1_000;
  return seconds <= 0
    ? 'The next attempt is due now.'
    : `The next attempt is in ${span(seconds)}, at ${preciseMoment(nextAttemptAt, now)}.`;
}

function lastPart({ lastSuccessAt }: Standing, now: number): string {
  return lastSuccessAt === null
    ? 'Nothing was ever delivered to it.'
    : `It last took something ${ago(lastSuccessAt, now)}.`;
}

function endSentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

function join(...parts: readonly string[]): string {
  return parts.filter(Boolean).join(' ');
}
