import type { Message } from '#client';
import { counted } from './numbers.ts';
import { reasonWords } from './outcomes.ts';

/** What became of a message, in a sentence. */
export function explainMessage({ deliveries, unrouted, type }: Message): {
  readonly ok: boolean;
  readonly sentence: string;
} {
  if (unrouted) return { ok: false, sentence: `It was accepted, and goes nowhere: no node was subscribed to ${type}.` };
  const of = (state: string) => deliveries.filter((delivery) => delivery.state === state);
  const [frozen, pending, delivered] = [of('frozen'), of('pending'), of('delivered')];
  const failing = [...frozen, ...pending].filter(
    ({ lastError, lastStatus }) => lastError !== null || lastStatus !== null,
  );
  const worst = failing[0];
  const because =
    worst === undefined
      ? ''
      : ` ${worst.node}: ${lower(reasonWords({ status: worst.lastStatus, error: worst.lastError }))}.`;
  if (frozen.length > 0) {
    return {
      ok: false,
      sentence: `${counted(frozen.length, 'delivery', 'deliveries')} of ${deliveries.length} gave up and will not be tried again unless you replay.${because}`,
    };
  }
  if (pending.length > 0) {
    const rest = delivered.length === 0 ? '' : ` ${delivered.length} of ${deliveries.length} have it.`;
    return {
      ok: failing.length === 0,
      sentence: `${counted(pending.length, 'delivery is', 'deliveries are')} still to be made.${rest}${because}`,
    };
  }
  if (delivered.length === deliveries.length) {
    return {
      ok: true,
      sentence:
        delivered.length === 1
          ? `${delivered[0]?.node ?? 'Its node'} has it.`
          : `All ${delivered.length} nodes have it.`,
    };
  }
  return {
    ok: true,
    sentence: `${delivered.length} of ${deliveries.length} nodes have it; the other deliveries were cancelled.`,
  };
}

function lower(text: string): string {
  return text.startsWith('It ') ? `it ${text.slice(3)}` : text;
}
