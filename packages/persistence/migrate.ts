import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pg from 'pg';

/** Ms until a server that does not answer counts as away; what it is then asked takes as long as it takes. */
const CONNECTION_TIMEOUT = 5_000;

/** Serialises starters; the number is arbitrary but for being ours. */
const MIGRATION_LOCK = 7_204_115_331;

/** The layout Prisma gives its own table, so that `prisma migrate` and we agree on what was applied. */
const LEDGER = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
  "id" VARCHAR(36) PRIMARY KEY NOT NULL,
  "checksum" VARCHAR(64) NOT NULL,
  "finished_at" TIMESTAMPTZ,
  "migration_name" VARCHAR(255) NOT NULL,
  "logs" TEXT,
  "rolled_back_at" TIMESTAMPTZ,
  "started_at" TIMESTAMPTZ NOT NULL DEFAULT now(),
  "applied_steps_count" INTEGER NOT NULL DEFAULT 0
)`;

interface Migration {
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

interface LedgerRow {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished_at: Date | null;
}

/** The database is not in a state that the migrations can be applied to. */
class MigrationError extends Error {
  readonly code = 'MIGRATION';
}

/**
 * Applies what is missing of `prisma/migrations`, each migration in a transaction of its own, one starter at a time. A database that
 * is ahead of this build is left as it is: an old process may run beside a new one during an upgrade.
 * Needs no DDL rights when nothing is missing. Answers the names it applied.
 */
export async function migrate(databaseUrl: string, folder: string = migrationsFolder()): Promise<readonly string[]> {
  const migrations = await readMigrations(folder);
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: 'migrate',
    connectionTimeoutMillis: CONNECTION_TIMEOUT,
  });
  client.on('error', () => {
    // The statement under way rejects with the same cause; without a listener the process would end instead.
  });
  await client.connect();
  try {
    if (missing(migrations, await readLedger(client)).length === 0) return [];
    await client.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    await client.query(LEDGER);
    const pending = missing(migrations, await readLedger(client));
    for (const migration of pending) await apply(client, migration);
    return pending.map(({ name }) => name);
  } finally {
    await client.end();
  }
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = await readFile(join(folder, name, 'migration.sql'), 'utf8');
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
    }),
  );
}

async function readLedger(client: pg.Client): Promise<LedgerRow[]> {
  const { rows } = await client.query<{ ledger: string | null }>(
    `SELECT to_regclass('"_prisma_migrations"') AS ledger`,
  );
  if (rows[0]?.ledger == null) return [];
  const ledger = await client.query<LedgerRow>(
    'SELECT migration_name, checksum, finished_at FROM "_prisma_migrations" WHERE rolled_back_at IS NULL',
  );
  return ledger.rows;
}

function missing(migrations: readonly Migration[], ledger: readonly LedgerRow[]): Migration[] {
  const byName = new Map(ledger.map((row) => [row.migration_name, row]));
  return migrations.filter((migration) => {
    const row = byName.get(migration.name);
    if (row === undefined) return true;
    if (row.finished_at === null) {
      throw new MigrationError(
        `migration ${migration.name} was begun and not finished: repair the database, then mark it with "prisma migrate resolve"`,
      );
    }
    if (row.checksum !== migration.checksum) {
      throw new MigrationError(
        `migration ${migration.name} was changed after it was applied: expected the file with SHA-256 ${row.checksum}, got ${migration.checksum}`,
      );
    }
    return false;
  });
}

async function apply(client: pg.Client, { name, sql, checksum }: Migration): Promise<void> {
  await client.query('BEGIN');
  try {
    await client.query(sql);
    await client.query(
      `INSERT INTO "_prisma_migrations" ("id", "checksum", "migration_name", "finished_at", "applied_steps_count")
       VALUES ($1, $2, $3, clock_timestamp(), 1)`,
      [randomUUID(), checksum, name],
    );
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw new MigrationError(`migration ${name} failed and was rolled back: ${String(error)}`, { cause: error });
  }
}

/** `prisma/migrations` of the tree this file runs in, built or not. */
function migrationsFolder(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const candidate = join(folder, 'prisma', 'migrations');
    if (existsSync(candidate)) return candidate;
    if (dirname(folder) === folder) throw new MigrationError('prisma/migrations is not where this program lies');
  }
}
