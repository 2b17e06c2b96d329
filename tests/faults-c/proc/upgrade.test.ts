import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { describeBackEnds, startTestPostgres, type TestPostgres } from '#testkit';
import { noteFinding, printFindings } from '../../faults/findings.ts';
import { openScene, type Scene } from '../../faults/scene.ts';

// An upgrade replaces processes one after the other, so an old worker stands beside a new ingress for a while, and after a step back a new
// schema beside old processes. An old version can't be built here; what makes it safe can be shown: migrations only add, what an old
// version's statements rely on is there after all of them, and processes start and work on a schema that is newer than their own.

const folder = join(import.meta.dirname, '../../../prisma/migrations');
const LONG = 120_000;

printFindings();

async function migrations(): Promise<{ name: string; sql: string }[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return Promise.all(
    names.toSorted().map(async (name) => ({ name, sql: await readFile(join(folder, name, 'migration.sql'), 'utf8') })),
  );
}

/** Words that take something away from who does not know of it yet, or ask something new of them. */
const TAKES_AWAY =
  /\b(DROP\s+(TABLE|COLUMN|TYPE|CONSTRAINT|SCHEMA|DEFAULT)|RENAME|SET\s+NOT\s+NULL|ALTER\s+COLUMN\s+\S+\s+(SET\s+DATA\s+)?TYPE|TRUNCATE)\b/i;
const NEW_COLUMN = /ADD\s+COLUMN[^,;]*/gi;

test('row 45: every migration after the first only adds, and what it adds needs nothing from old statements', async () => {
  const [, ...later] = await migrations();
  for (const { name, sql } of later) {
    expect({ name, takesAway: TAKES_AWAY.exec(sql)?.[0] }).toEqual({ name, takesAway: undefined });
    for (const [column] of sql.matchAll(NEW_COLUMN)) {
      const isOptional = /DEFAULT/i.test(column) || !/NOT\s+NULL/i.test(column);
      expect({ name, column, isOptional }).toEqual({ name, column, isOptional: true });
    }
  }
});

test.each(['ALTER TABLE a DROP COLUMN b', 'ALTER TABLE a RENAME b TO c', 'ALTER TABLE a ALTER COLUMN b SET NOT NULL'])(
  'this would be seen: %s',
  (sql) => expect(TAKES_AWAY.test(sql)).toBe(true),
);

describe('the schema of each version, and the newest', () => {
  let server: TestPostgres;
  beforeAll(async () => {
    server = await startTestPostgres();
  });
  afterAll(() => server.stop());

  interface Column {
    readonly name: string;
    readonly type: string;
    readonly isNullable: string;
  }

  async function columnsAfter(count: number): Promise<Map<string, Column>> {
    const client = new pg.Client({ connectionString: await server.createDatabase() });
    await client.connect();
    for (const { sql } of (await migrations()).slice(0, count)) await client.query(sql);
    const { rows } = await client.query<Column>(
      `SELECT table_name || '.' || column_name AS name, udt_name AS type, is_nullable AS "isNullable"
       FROM information_schema.columns WHERE table_schema = 'public'`,
    );
    await client.end();
    return new Map(rows.map((column) => [column.name, column]));
  }

  test('row 45: every column that a version had is there in the newest, of the same type and as nullable', async () => {
    const all = (await migrations()).length;
    const newest = await columnsAfter(all);
    for (let version = 1; version < all; version += 1) {
      const older = await columnsAfter(version);
      expect([...older.values()].map(({ name }) => newest.get(name))).toEqual([...older.values()]);
    }
  });
});

describeBackEnds('a fleet on a schema that is newer than its own', (backEnd) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(backEnd);
  }, LONG);
  afterAll(() => scene.close());

  test(
    'row 45: processes that run, and processes that start, work on; and nothing is lost',
    async () => {
      const { sender, database } = scene;
      const nodes = ['upgraded-1', 'upgraded-2'];
      await scene.register(nodes);
      await scene.startWorker();
      await sender.sendMany(50, nodes);
      // The newest migration of a version that is not ours: columns, a table and an index more.
      await database.pool.query(`
        ALTER TABLE delivery ADD COLUMN from_the_future int NOT NULL DEFAULT 0;
        ALTER TABLE lane ADD COLUMN from_the_future text;
        ALTER TABLE message ADD COLUMN from_the_future jsonb;
        ALTER TABLE node ADD COLUMN from_the_future text NOT NULL DEFAULT '';
        CREATE TABLE from_the_future (id int PRIMARY KEY);
        CREATE INDEX delivery_from_the_future ON delivery (from_the_future);
        INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count)
        VALUES (gen_random_uuid(), 'none', now(), '20991231000000_from_the_future', 1);`);
      await sender.sendMany(50, nodes);
      await scene.startWorker();
      await scene.killIngress();
      await scene.startIngress();
      await sender.sendMany(50, nodes);
      await scene.drained();
      const verdict = await scene.judge(nodes);
      expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
      noteFinding({ row: '45', backEnd: backEnd.name, verdict, recovery: null });
    },
    LONG,
  );
});
