import type { ReceivedRecord } from '#testkit';

/** A request for what its node had received before. Times in ms, on the receivers' clock. */
export interface Repeat {
  readonly node: string;
  readonly message: string;
  /** When the one before it had arrived, and was answered. */
  readonly firstAt: number;
  readonly answeredAt: number;
  readonly repeatedAt: number;
}

/** Every request but the first of each delivery. */
export function repeatsOf(records: readonly ReceivedRecord[]): Repeat[] {
  const before = new Map<string, ReceivedRecord>();
  const repeats: Repeat[] = [];
  for (const record of records.toSorted((one, other) => one.arrivedAt - other.arrivedAt)) {
    const { node, message, arrivedAt } = record;
    const way = `${node} ${message}`;
    const last = before.get(way);
    if (last !== undefined) {
      const answeredAt = last.endedAt ?? Infinity;
      repeats.push({ node, message, firstAt: last.arrivedAt, answeredAt, repeatedAt: arrivedAt });
    }
    before.set(way, record);
  }
  return repeats;
}

/** Ms that the record of an answer may take: answers are recorded together, and a database under this load has a queue. */
const RECORDING = 5_000;

/** Whether a process died between the first request and the repeat, while the first was under way or its answer not yet recorded. */
export function underWayAt({ firstAt, answeredAt, repeatedAt }: Repeat, deaths: readonly number[]): boolean {
  return deaths.some((at) => at >= firstAt && at <= Math.min(repeatedAt, answeredAt + RECORDING));
}
