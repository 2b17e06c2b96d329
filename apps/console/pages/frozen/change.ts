import type { ListedDelivery } from '#client';
import { call, get, queryText, type Page } from '../../api/call.ts';

/** What is done to deliveries, and to which. */
export interface Change {
  readonly kind: 'replay' | 'cancel';
  readonly selection: Selection;
}

/** Named deliveries, or all that a filter matches. `title` goes after "Replay". */
export type Selection =
  | { readonly kind: 'ids'; readonly ids: readonly string[]; readonly title: string }
  | { readonly kind: 'filter'; readonly filters: readonly Filter[]; readonly title: string };

export interface Filter {
  readonly state: 'frozen';
  readonly node?: string;
  readonly error?: string;
}

/** How far a change is. */
export interface Progress {
  /** Deliveries changed so far. */
  readonly changed: number;
  /** Of those that were replayed, how many have been delivered, or given up again. */
  readonly settled: number;
  readonly frozenAgain: number;
}

/** Deliveries that one call changes: so many that the bar moves, and stopping stops soon. */
const CHUNK = 100;

/** Replayed deliveries that are watched until they are settled; the ids of more would not go into one call. */
export const MOST_WATCHED = 10_000;

/** How many deliveries a change would take. */
export async function countOf(change: Change): Promise<number> {
  const bodies = bodiesOf(change.selection);
  const counts = await Promise.all(bodies.map((body) => dryRun(change.kind, body)));
  return counts.reduce((sum, count) => sum + count, 0);
}

function bodiesOf(selection: Selection): readonly object[] {
  return selection.kind === 'ids' ? [{ ids: selection.ids }] : selection.filters.map((filter) => ({ filter }));
}

async function dryRun(kind: Change['kind'], body: object): Promise<number> {
  return (await call<{ count: number }>('POST', `/deliveries/${kind}`, { ...body, dryRun: true })).count;
}

/** Changes a chunk after the other, and answers the ids that were. Ends early when it is told to. */
export async function apply(
  change: Change,
  onChunk: (changed: number) => void,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const changed: string[] = [];
  for await (const ids of chunksOf(change.selection)) {
    if (signal.aborted) break;
    await call('POST', `/deliveries/${change.kind}`, { ids });
    changed.push(...ids);
    onChunk(changed.length);
  }
  return changed;
}

async function* chunksOf(selection: Selection): AsyncGenerator<readonly string[]> {
  if (selection.kind === 'ids') {
    for (let at = 0; at < selection.ids.length; at += CHUNK) yield selection.ids.slice(at, at + CHUNK);
    return;
  }
  for (const filter of selection.filters) {
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: Page<ListedDelivery> = await get(`/deliveries${queryText({ ...filter, limit: CHUNK, cursor })}`);
      if (page.items.length > 0) yield page.items.map(({ id }) => id);
      cursor = page.next;
    }
  }
}

/** How many of replayed deliveries are not pending any more, and how many of these are frozen again: two counts tell. */
export async function settledOf(ids: readonly string[]): Promise<Pick<Progress, 'settled' | 'frozenAgain'>> {
  if (ids.length === 0) return { settled: 0, frozenAgain: 0 };
  const [open, frozen] = await Promise.all([dryRun('cancel', { ids }), dryRun('replay', { ids })]);
  return { settled: ids.length - (open - frozen), frozenAgain: frozen };
}
