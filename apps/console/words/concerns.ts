import type { Concern } from '#client';
import { counted } from './numbers.ts';

/** What a concern is, in a few words, and what it comes to. */
export function concernWords(concern: Concern): { readonly title: string; readonly detail: string } {
  const { kind, node, worker, count, error } = concern;
  const waiting = count === null || count === 0 ? 'nothing waits' : counted(count, 'delivery waits', 'deliveries wait');
  const because = error === null ? '' : `: ${error}`;
  switch (kind) {
    case 'no-workers':
      return { title: 'No worker is running', detail: `nothing is delivered to anyone; ${waiting}` };
    case 'overdue':
      return { title: `${node} is left lying`, detail: `${waiting}, and nothing is known to be wrong with the node` };
    case 'suspect':
      return { title: `${node} does not answer`, detail: `${waiting}${because}` };
    case 'failing':
      return { title: `${node} fails`, detail: `${waiting}${because}` };
    case 'frozen':
      return {
        title: `${counted(count ?? 0, 'delivery', 'deliveries')} to ${node} gave up`,
        detail: `frozen until someone replays or cancels them${because}`,
      };
    case 'paused':
      return { title: `${node} is paused`, detail: waiting };
    case 'worker-silent':
      return {
        title: `Worker ${worker} is silent`,
        detail: 'it died or was cut off; what it held runs elsewhere by now',
      };
  }
}
