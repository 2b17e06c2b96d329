import { crashRefusal, isRisky } from './crash-risk.ts';

test.each([
  { crashes: 0, uncleanEnds: 0, risky: false },
  { crashes: 0, uncleanEnds: 1, risky: false },
  { crashes: 0, uncleanEnds: 2, risky: true },
  { crashes: 1, uncleanEnds: 0, risky: true },
])('a delivery with $crashes crashes in a lane with $uncleanEnds unclean ends: $risky', (facts) => {
  expect(isRisky(facts, facts)).toBe(facts.risky);
});

test('five crashes are the end, and are said to be', () => {
  expect([0, 1, 4].map((crashes) => crashRefusal({ crashes }))).toEqual([null, null, null]);
  expect(crashRefusal({ crashes: 5 })).toBe('5 times the process that attempted it went down');
});
