/** Part of a list, newest first. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Where the rest begins; null when there is none. */
  readonly next: Position | null;
}

export interface PageRequest {
  readonly limit: number;
  /** A page's `next`; null for the first page. */
  readonly after: Position | null;
}

/** A place in a list: the sort key of the item before it. Means something to the list that gave it only. */
export type Position = readonly string[];

/** The page in rows of which one more was asked for than fits. */
export function pageOf<Row>(rows: readonly Row[], limit: number, positionOf: (row: Row) => Position): Page<Row> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? positionOf(last) : null };
}
