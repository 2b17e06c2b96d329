/**
 * The known key that an unknown one most likely stands for: nearest in its last segment by edits, a key of the same parent
 * before one further down, and that before one elsewhere.
 */
export function nearestKey(unknown: string, known: readonly string[]): string | null {
  let nearest: string | null = null;
  let best = Infinity;
  for (const candidate of known) {
    const distance =
      editDistance(lastSegment(unknown), lastSegment(candidate)) + detour(parent(unknown), parent(candidate));
    if (distance < best) [nearest, best] = [candidate, distance];
  }
  return nearest;
}

function detour(from: string, to: string): number {
  if (from === to) return 0;
  return to.startsWith(`${from}.`) ? 1 : 2;
}

function lastSegment(key: string): string {
  return key.slice(key.lastIndexOf('.') + 1);
}

function parent(key: string): string {
  return key.slice(0, Math.max(0, key.lastIndexOf('.')));
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = at(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(beforeLast, j - 2) + 1 : Infinity;
      row.push(Math.min(replaced, swapped, at(last, j) + 1, at(row, j - 1) + 1));
    }
    [beforeLast, last] = [last, row];
  }
  return at(last, b.length);
}

function at(row: readonly number[], i: number): number {
  return row[i] ?? Infinity;
}
