import type { PurgeAges, PurgeCounts, PurgeStore } from '#core';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import type { Database } from './database.ts';
import { countLog, countPurgeable, purgeCandidates, purgeLog, purgeMessages } from './sql/purge.ts';
import { HOUR, MINUTE, purgeStandings, purgeTallies, purgeWorkers } from './sql/write-tallies.ts';

/** One purge at a time, in the whole fleet; the number is arbitrary but for being ours. */
const PURGE_LOCK = 7_204_115_332;

/** Ms between two looks whether the purge before is over. */
const PAUSE = 200;

/** Rows that one statement looks at: 1,000 messages go in about 20 ms. */
const MOST_ROWS = 1_000;

type Candidates = keyof typeof purgeCandidates;
type Ids = readonly string[];

/** Before the first row of each index. */
const START: Record<Candidates, string> = {
  delivered: '0',
  cancelled: '0',
  frozen: '0',
  unrouted: '00000000-0000-0000-0000-000000000000',
};

export function createPurgeStore({ pool }: Pick<Database, 'pool'>): PurgeStore {
  return {
    purge: (ages) =>
      withLock(pool, async (db) => {
        await removeTallies(db);
        return purge(db, ages, { statement: purgeMessages, log: (db) => removeLog(db, ages) });
      }),
    count: async (ages) => {
      const seen = new Set<string>();
      const isNew = (id: string) => !seen.has(id) && seen.add(id) !== undefined;
      return purge(pool, ages, { statement: countPurgeable, log: (db) => countLogRecords(db, ages), isNew });
    },
  };
}

type Queryable = Pick<pg.Pool | pg.PoolClient, 'query'>;

async function withLock<T>(pool: pg.Pool, work: (db: Queryable) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: unknown;
  try {
    await lock(client);
    const result = await work(client);
    await client.query('SELECT pg_advisory_unlock($1)', [PURGE_LOCK]);
    return result;
  } catch (error) {
    broken = error;
    throw error;
  } finally {
    // A connection that failed half-way may still hold the lock: it goes, and the lock with it.
    client.release(broken !== undefined);
  }
}

/** Asks again and again, since one statement may not wait for as long as a purge can take. */
async function lock(client: pg.PoolClient): Promise<void> {
  const text = 'SELECT pg_try_advisory_lock($1) AS locked';
  while ((await client.query<{ locked: boolean }>(text, [PURGE_LOCK])).rows[0]?.locked !== true) await sleep(PAUSE);
}

interface Work {
  statement: string;
  log(db: Queryable): Promise<number>;
  /** Counting sees a message once for each of its deliveries; removing does not. */
  isNew?: (id: string) => boolean;
}

async function purge(
  db: Queryable,
  ages: PurgeAges,
  { statement, log, isNew = () => true }: Work,
): Promise<PurgeCounts> {
  const counts = { delivered: 0, frozen: 0, log: 0 };
  const looks: [Candidates, number][] = [
    ['delivered', ages.delivered],
    ['cancelled', ages.delivered],
    ['unrouted', ages.delivered],
    ['frozen', ages.frozen],
  ];
  for (const [kind, age] of looks) {
    if (age === 0) continue;
    for await (const ids of candidates(db, kind, age)) {
      const { rows } = await db.query<{ delivered: number; frozen: number }>(statement, [
        ids.filter(isNew),
        ages.delivered,
        ages.frozen,
      ]);
      counts.delivered += rows[0]?.delivered ?? 0;
      counts.frozen += rows[0]?.frozen ?? 0;
    }
  }
  counts.log = ages.log === 0 ? 0 : await log(db);
  return counts;
}

/** Goes on behind what it has seen, so that messages which must stay are passed over once, not for ever. */
async function* candidates(db: Queryable, kind: Candidates, age: number): AsyncGenerator<Ids> {
  let after: { age: string; position: string } = { age: '-infinity', position: START[kind] };
  for (;;) {
    const { rows } = await db.query<{ message_id: string; age: string; position: string }>(purgeCandidates[kind], [
      age,
      after.age,
      after.position,
      MOST_ROWS,
    ]);
    if (rows.length > 0) yield [...new Set(rows.map((row) => row.message_id))];
    const last = rows.at(-1);
    if (last === undefined || rows.length < MOST_ROWS) return;
    after = last;
  }
}

async function removeLog(db: Queryable, ages: PurgeAges): Promise<number> {
  for (let removed = 0; ;) {
    const { rowCount } = await db.query(purgeLog, [ages.log, MOST_ROWS]);
    removed += rowCount ?? 0;
    if ((rowCount ?? 0) < MOST_ROWS) return removed;
  }
}

/** Seconds that tallies are kept, by the seconds that they cover: the longest charts that are made of each, and a little more. */
const TALLIES_KEPT = [
  [MINUTE, 4 * 86_400],
  [HOUR, 31 * 86_400],
] as const;

async function removeTallies(db: Queryable): Promise<void> {
  for (const [width, kept] of TALLIES_KEPT) {
    for (let last = MOST_ROWS; last === MOST_ROWS;) {
      last = (await db.query(purgeTallies, [width, kept, MOST_ROWS])).rowCount ?? 0;
    }
  }
  await db.query(purgeStandings);
  await db.query(purgeWorkers);
}

async function countLogRecords(db: Queryable, ages: PurgeAges): Promise<number> {
  const { rows } = await db.query<{ log: number }>(countLog, [ages.log]);
  return rows[0]?.log ?? 0;
}
