import type * as fc from 'fast-check';
import type { Sight } from './judge/judge.ts';
import { calmScenario, faultyScenario, freezingScenario, killingScenario } from './search/scenarios.ts';
import { search, type Found } from './search/search.ts';
import type { Scenario } from './world/world.ts';

/**
 * Interleavings of all four kinds of worlds. `npm run test:model` plays 100,000, others each time; the usual run a few, always the same
 * ones, so that it fails for a change of the code only.
 */
const RUNS = Number(process.env['MODEL_RUNS'] ?? 3_000);
const SEED = process.env['MODEL_RUNS'] === undefined ? 1 : Date.now() % 2 ** 31;
const LONGEST = 6 * 3_600_000;

interface World {
  readonly name: string;
  readonly scenario: fc.Arbitrary<Scenario>;
  /** What must have been seen in it: a search that does not get there shows nothing. */
  readonly sights: readonly Sight[];
}

const worlds: readonly World[] = [
  {
    name: 'nothing breaks, and nobody sweeps',
    scenario: calmScenario,
    sights: [
      'frozen',
      'replay',
      'cancel',
      'purge',
      'second success',
      'attempt of one that became final after its reading',
    ],
  },
  {
    name: 'processes die, connections break and the queue is emptied',
    scenario: faultyScenario,
    sights: ['lease taken over', 'frozen', 'replay', 'cancel', 'purge', 'second success'],
  },
  {
    name: 'processes are killed again and again',
    scenario: killingScenario,
    sights: ['lease taken over', 'delivery marked', 'replay', 'cancel'],
  },
  {
    name: 'workers freeze for longer than their leases',
    scenario: freezingScenario,
    sights: [
      'attempt beside one whose lease was lost',
      'failure recorded after its lease was lost',
      'success recorded after its lease was lost',
    ],
  },
];

test.each(worlds)(
  'nothing is lost, attempted twice at a time or attempted when final where $name',
  async ({ name, scenario, sights }) => {
    const found = await search({ scenario, runs: Math.ceil(RUNS / worlds.length), seed: SEED });
    process.stdout.write(tell(name, found));
    expect(found.finding).toBeNull();
    expect([...found.sights.keys()]).toEqual(expect.arrayContaining([...sights]));
  },
  LONGEST,
);

function tell(name: string, { played, different, sights }: Found): string {
  const counts = [...sights].toSorted(([, a], [, b]) => b - a).map(([sight, count]) => `  ${count}: ${sight}`);
  return [`${played} interleavings, ${different} of them different, where ${name} (seed ${SEED})`, ...counts, ''].join(
    '\n',
  );
}
