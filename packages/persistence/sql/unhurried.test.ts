import { openTestStore, startTestPostgres, type TestPostgres } from '#testkit';
import { releaseLanes, renewLanes } from './release-lanes.ts';
import { recordResults } from './record-results.ts';
import { takeLanes } from './take-lanes.ts';

let server: TestPostgres;
beforeAll(async () => {
  server = await startTestPostgres();
});
afterAll(() => server.stop());

const token = '0193a000-0000-7000-8000-000000000001';
const none = Array.from({ length: 14 }, () => []);

test.each<[string, string, unknown[], string]>([
  ['taking a lane', takeLanes, [['customs'], [token], 'one', 20], 'off'],
  ['giving a lane back', releaseLanes, [['customs'], [token], [false]], 'off'],
  ['renewing a lease', renewLanes, [[token], 20, ['customs']], 'on'],
  ['recording results', recordResults, [...none, false], 'on'],
])(
  '%s commits with synchronous_commit %4$s, and what follows waits for the disk again',
  async (_, text, values, commits) => {
    const database = await openTestStore(server);
    const client = await database.pool.connect();
    const setting = async () =>
      (await client.query<{ is: string }>(`SELECT current_setting('synchronous_commit') AS is`)).rows;
    try {
      await client.query('SET synchronous_commit = on');
      await client.query('BEGIN');
      await client.query(text, values);
      expect(await setting()).toEqual([{ is: commits }]);
      await client.query('COMMIT');
      expect(await setting()).toEqual([{ is: 'on' }]);
    } finally {
      client.release();
      await database.close();
    }
  },
);
