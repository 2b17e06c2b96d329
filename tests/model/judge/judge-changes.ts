import type { DeliveryResult } from '#core';
import type { DeliveryRow, Rows } from '../store/store.ts';

/** What changed the database. */
export type Cause = 'node' | 'accept' | 'mark' | 'record' | 'replay' | 'cancel' | 'purge';

/** Transitions of a delivery's state, and what alone may cause each. What is not here must not happen. */
const LEGAL: Readonly<Record<string, Cause>> = {
  'pending → delivered': 'record',
  'pending → frozen': 'record',
  'pending → cancelled': 'cancel',
  'frozen → cancelled': 'cancel',
  'frozen → pending': 'replay',
  'delivered → pending': 'replay',
};

export interface Change {
  readonly cause: Cause;
  readonly before: Rows;
  readonly after: Rows;
  /** What was recorded, when that was the cause. */
  readonly result: DeliveryResult | null;
  /** The recording repeats one that was done. */
  readonly isRepeat: boolean;
  /** Nobody else was given the lane since the result's lease. */
  readonly isLastLease: boolean;
}

/** Everything that is wrong with a change of the database. */
export function judgeChange(change: Change): readonly string[] {
  const { before, after, cause } = change;
  const rows = new Map(after.deliveries.map((row) => [row.id, row]));
  const known = new Set(before.deliveries.map(({ id }) => id));
  return [
    ...before.deliveries.flatMap((row) => judgeRow(row, rows.get(row.id), change)),
    ...after.deliveries.flatMap((row) => (known.has(row.id) ? [] : judgeNew(row, cause))),
    ...judgeNumbers(after),
    ...judgePurge(before, after),
  ];
}

function judgeRow(before: DeliveryRow, after: DeliveryRow | undefined, change: Change): string[] {
  const { id } = before;
  const { cause } = change;
  if (after === undefined) {
    return cause !== 'purge' || before.state === 'pending' ? [`${id}: a ${before.state} one is lost by ${cause}`] : [];
  }
  const result = change.result?.delivery.id === id ? change.result : null;
  const made = result !== null && result.attempt !== null && !change.isRepeat ? 1 : 0;
  const mistakes = judgeState(before, after, change, result);
  if (after.attempts !== before.attempts + made) {
    mistakes.push(`${id}: attempts went from ${before.attempts} to ${after.attempts} by ${cause}`);
  }
  if (after.budgetStart !== before.budgetStart && cause !== 'replay') mistakes.push(`${id}: a new budget by ${cause}`);
  if ((after.state === 'pending') !== (after.dueAt !== null)) {
    mistakes.push(`${id}: is ${after.state} and due at ${after.dueAt}`);
  }
  return mistakes;
}

function judgeState(before: DeliveryRow, after: DeliveryRow, change: Change, result: DeliveryResult | null): string[] {
  const { id } = before;
  const { cause } = change;
  const isPutOff = before.state === 'pending' && after.state === 'pending' && before.dueAt !== after.dueAt;
  if (before.state === after.state && !isPutOff) return [];
  const name = `${before.state} → ${after.state}`;
  if (!isPutOff && LEGAL[name] !== cause) return [`${id}: ${name} by ${cause}`];
  if (cause !== 'record' && !isPutOff) return [];
  // A marked one falls due later, should its process go down.
  if (cause === 'mark' && isPutOff)
    return after.crashes === before.crashes + 1 ? [] : [`${id}: put off without a mark`];
  if (result === null) return [`${id}: ${name} by ${cause} of another`];
  if (after.state === 'delivered') {
    return result.attempt?.outcome === 'success' ? [] : [`${id}: delivered without a success`];
  }
  return change.isLastLease ? [] : [`${id}: ${name} under a lease that was lost`];
}

function judgeNew({ id, state, attempts }: DeliveryRow, cause: Cause): string[] {
  return cause === 'accept' && state === 'pending' && attempts === 0 ? [] : [`${id}: comes ${state} by ${cause}`];
}

/** Attempts are numbered from 1 without gaps, and counted right. */
function judgeNumbers({ deliveries, attempts }: Rows): string[] {
  const mistakes: string[] = [];
  const counts = new Map<string, number>();
  for (const { deliveryId, number } of attempts) {
    const expected = (counts.get(deliveryId) ?? 0) + 1;
    if (number !== expected) mistakes.push(`${deliveryId}: attempt ${number} where ${expected} was expected`);
    counts.set(deliveryId, expected);
  }
  for (const row of deliveries) {
    const count = counts.get(row.id) ?? 0;
    if (row.attempts !== count) mistakes.push(`${row.id}: counts ${row.attempts} attempts, and has ${count}`);
  }
  return mistakes;
}

/** A message goes with all its deliveries or stays with all of them. */
function judgePurge(before: Rows, after: Rows): string[] {
  if (before.deliveries.length <= after.deliveries.length) return [];
  const left = new Set(after.deliveries.map(({ id }) => id));
  const kept = new Set(after.deliveries.map(({ messageId }) => messageId));
  return before.deliveries.flatMap(({ id, messageId }) =>
    !left.has(id) && kept.has(messageId) ? [`${id}: goes, and others of its message stay`] : [],
  );
}
