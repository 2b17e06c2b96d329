import { search } from './search/search.ts';
import { calmScenario, faultyScenario } from './search/scenarios.ts';

/** Interleavings of each kind; `npm run test:model` plays a hundred thousand. */
const RUNS = Number(process.env['MODEL_RUNS'] ?? 2_000) / 2;

test('calm', async () => {
  const found = await search({ scenario: calmScenario, runs: RUNS });
  console.log(found);
  expect(found.finding).toBeNull();
}, 6_000_000);

test('faulty', async () => {
  const found = await search({ scenario: faultyScenario, runs: RUNS });
  console.log(found);
  expect(found.finding).toBeNull();
}, 6_000_000);
