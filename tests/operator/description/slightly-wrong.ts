import fc, { type Arbitrary } from 'fast-check';

/** What may stand where something else is expected. */
const JUNK: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1.5,
  1e308,
  2 ** 53,
  '',
  ' ',
  '\0',
  '\ud800',
  '%00',
  '../..',
  '☃'.repeat(300),
  'x'.repeat(5_000),
  [],
  {},
  [[[]]],
  { __proto__x: 1 },
  '2026-02-30T25:61:61Z',
  "'; DROP TABLE message; --",
];

/** The same value with one thing about it changed: a part replaced by junk, left out, or one more than there should be. */
export function slightlyWrong(value: unknown): Arbitrary<unknown> {
  return fc.tuple(fc.constantFrom(...placesIn(value)), change).map(([place, to]) => changeAt(value, place, to));
}

type Change = { readonly kind: 'replace'; readonly by: unknown } | { readonly kind: 'remove' | 'add' };
type Place = readonly (string | number)[];

const change: Arbitrary<Change> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('replace' as const),
      by: fc.oneof(fc.constantFrom(...JUNK), fc.jsonValue()),
    }),
  },
  fc.record({ kind: fc.constantFrom('remove' as const, 'add' as const) }),
);

function placesIn(value: unknown, place: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [place];
  const below = Object.entries(value).flatMap(([name, member]) => placesIn(member, [...place, name]));
  return [place, ...below];
}

function changeAt(value: unknown, [name, ...rest]: Place, to: Change): unknown {
  if (name === undefined) {
    if (to.kind === 'replace') return to.by;
    return to.kind === 'add' && isMapping(value) ? { ...value, surplus: 1, constructor: {} } : undefined;
  }
  const entries = Object.entries(value as object);
  const changed = entries.map(([key, member]) => [key, key === name ? changeAt(member, rest, to) : member] as const);
  return Array.isArray(value) ? changed.map(([, member]) => member) : Object.fromEntries(changed);
}

function isMapping(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
