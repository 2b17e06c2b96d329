import { startTestPostgres, type TestPostgres } from '#testkit';
import type { Database } from '#persistence';
import { calmScenario, faultyScenario } from './search/scenarios.ts';
import { search } from './search/search.ts';
import { createMemoryStore } from './store/memory-store.ts';
import { createPostgresStore, openSteppedDatabase } from './store/postgres-store.ts';
import type { Clock } from './store/store.ts';
import { createTwinStore } from './store/twin-store.ts';

/** Interleavings of each kind. */
const RUNS = Number(process.env['MODEL_RUNS_ON_POSTGRES'] ?? 40);

let server: TestPostgres;
let database: Database;

beforeAll(async () => {
  server = await startTestPostgres();
  database = await openSteppedDatabase(server);
});
afterAll(async () => {
  await database.close();
  await server.stop();
});

const openStore = async (clock: Clock) =>
  createTwinStore(createMemoryStore(clock), await createPostgresStore(database, clock));

test.each([
  ['calm', calmScenario],
  ['faulty', faultyScenario],
] as const)(
  'every statement does in PostgreSQL what the model says, in a %s world',
  async (_kind, scenario) => {
    const { played, finding } = await search({ scenario, runs: RUNS, openStore });
    expect(finding).toBeNull();
    expect(played).toBe(RUNS);
  },
  600_000,
);
