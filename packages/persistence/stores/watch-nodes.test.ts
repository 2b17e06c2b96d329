import { recordingReport, startTestPostgres, until, type TestPostgres } from '#testkit';
import { ACTOR, openStores, type StoresUnderTest } from './stores-under-test.ts';
import { watchNodes } from './watch-nodes.ts';

const node = { url: 'https://customs.example', protocol: 'webhook' } as const;
let postgres: TestPostgres;
let stores: StoresUnderTest;
beforeAll(async () => {
  postgres = await startTestPostgres();
  stores = await openStores(postgres.url);
});
beforeEach(() => stores.clear());
afterAll(async () => {
  await stores.close();
  await postgres.stop();
});

/** A watch that loads the nodes at each change, and a way to wait until it has loaded certain ones. */
function watch(onLoaded: () => void = () => undefined) {
  let loaded: string[] = [];
  let calls = 0;
  let look = () => undefined as void;
  const report = recordingReport();
  const watching = watchNodes({
    url: postgres.url,
    report,
    async onChange() {
      calls += 1;
      onLoaded();
      loaded = (await stores.nodes.loadAddresses()).map(({ id }) => id).sort();
      look();
    },
  });
  return {
    ...watching,
    report,
    calls: () => calls,
    until: (...ids: string[]) =>
      new Promise<void>((resolve) => {
        look = () => void (JSON.stringify(loaded) === JSON.stringify(ids) && resolve());
        look();
      }),
  };
}

test('nodes that are there at the start, and each one that comes, changes its name, or goes are taken in', async () => {
  await stores.nodes.put('customs', node, ACTOR);
  const watching = watch();
  await watching.until('customs');
  await stores.nodes.put('port', node, ACTOR);
  await watching.until('customs', 'port');
  await stores.nodes.remove('customs', ACTOR);
  await watching.until('port');
  await watching.stop();
});

test('what changed while the connection was lost is taken in when it is back', async () => {
  const watching = watch();
  await watching.until();
  await postgres.halt();
  await watching.report.seen('nodes.unwatched');
  await postgres.restart();
  await stores.nodes.put('port', node, ACTOR);
  await watching.until('port');
  await watching.stop();
});

test('a connection that is cut is replaced', async () => {
  const watching = watch();
  await watching.until();
  await postgres.terminateConnections();
  await watching.report.seen('nodes.unwatched');
  // The pool may not have noticed yet which of its own connections were cut.
  await until(() => stores.nodes.put('port', node, ACTOR));
  await watching.until('port');
  await watching.stop();
});

test('a change that could not be taken in is told, and tried again', async () => {
  let failures = 2;
  const watching = watch(() => {
    if (failures-- > 0) throw new Error('the registry is away');
  });
  await stores.nodes.put('port', node, ACTOR);
  await watching.until('port');
  expect(watching.report.factsOf('nodes.unwatched')).toHaveLength(2);
  await watching.stop();
});

test('after it was stopped nothing is looked at any more, and stopping again is safe', async () => {
  const watching = watch();
  await watching.until();
  await watching.stop();
  await watching.stop();
  const calls = watching.calls();
  await stores.nodes.put('port', node, ACTOR);
  const { rows } = await stores.database.pool.query(
    `SELECT 1 FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()`,
  );
  expect(rows).toEqual([]);
  expect(watching.calls()).toBe(calls);
});
