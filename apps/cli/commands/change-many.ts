import type { Deliveries, DeliveryFilter, DeliveryState } from '#client';
import type { Context } from '../context.ts';
import { createProgress } from '../output/progress.ts';

export interface ChangeOfMany {
  readonly filter: DeliveryFilter;
  /** The states that it changes; what has another is passed over. */
  readonly states: readonly DeliveryState[];
  /** How many there are. */
  readonly total: number;
  /** Answers how many of these changed. */
  change(ids: readonly string[]): Promise<number>;
}

/** So many change in one request: a moment's work for the database, and a bar that moves. */
const CHUNK = 500;

/**
 * Changes all deliveries that a filter matches, some at a time, with a bar on a terminal. Goes through them from the newest to the oldest
 * once, so that what falls into one of the states meanwhile is not changed again and again. Answers how many changed.
 */
export async function changeMany(
  { terminal }: Pick<Context, 'terminal'>,
  deliveries: Deliveries,
  { filter, states, total, change }: ChangeOfMany,
): Promise<number> {
  const progress = createProgress(terminal, total);
  let done = 0;
  let ids: string[] = [];
  async function changeThese(): Promise<void> {
    if (ids.length > 0) done += await change(ids);
    ids = [];
    progress.at(done);
  }
  try {
    const only = states.length === 1 && states[0] !== undefined ? { state: states[0] } : {};
    for await (const { id, state } of deliveries.all({ ...only, ...filter, limit: CHUNK })) {
      if (states.includes(state)) ids.push(id);
      if (ids.length >= CHUNK) await changeThese();
    }
    await changeThese();
    return done;
  } finally {
    progress.end();
  }
}
