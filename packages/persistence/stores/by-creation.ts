import type { Position } from './page.ts';

/** Newest first, for tables that are small enough to be sorted. */
export const newestFirst = [{ createdAt: 'desc' as const }, { id: 'desc' as const }];

/** What was made before the row that a position names. */
export function madeBefore(after: Position | null) {
  const [at, id] = after ?? [];
  if (at === undefined || id === undefined) return {};
  const createdAt = new Date(at);
  return { OR: [{ createdAt: { lt: createdAt } }, { createdAt, id: { lt: id } }] };
}

export function positionByCreation(row: { readonly createdAt: Date; readonly id: string }): Position {
  return [row.createdAt.toISOString(), row.id];
}
