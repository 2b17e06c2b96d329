// Prints the SQL that leads from the database which prisma/migrations reach to prisma/schema.prisma: the draft of the next migration.
// Prisma's own `migrate diff` would download an engine; this runs the same engine as WebAssembly, so it needs no network.
//
//   DATABASE_URL=postgres://… node prisma/draft-migration.mjs [--check] [--empty]
//
// --check exits 1 when there is a difference, so that schema and migrations cannot drift apart; --empty starts from nothing.
// The URL must allow making a database: the migrations are replayed in one of their own, which is dropped again, and the one that the
// URL names is left alone. Partial indexes, triggers and functions are beyond the schema's words, and not compared.
import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as engineGlue from '@prisma/schema-engine-wasm/schema_engine_bg';
import pg from 'pg';

const folder = import.meta.dirname;

/** The package's entry imports its .wasm as a module, which Node.js cannot without a flag: instantiate it by hand. */
async function loadEngine() {
  const glue = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const bytes = readFileSync(glue.replace(/\.js$/, '.wasm'));
  // Where the engine leaves its last words.
  globalThis.PRISMA_WASM_PANIC_REGISTRY = { set_message: (message) => process.stderr.write(`${message}\n`) };
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': engineGlue });
  // oxlint-disable-next-line no-underscore-dangle -- the names are wasm-bindgen's
  engineGlue.__wbg_set_wasm(instance.exports);
  // oxlint-disable-next-line no-underscore-dangle
  instance.exports.__wbindgen_start();
  return engineGlue.SchemaEngine;
}

/** The text of each migration, in order. */
function readMigrations() {
  const base = join(folder, 'migrations');
  if (!existsSync(base)) return [];
  return readdirSync(base, { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
    .toSorted()
    .map((name) => readFileSync(join(base, name, 'migration.sql'), 'utf8'));
}

async function runStatements(connectionString, statements) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/**
 * Calls `work` with the URL of a database in which the migrations have run. Prisma's adapter would make one too, but it splits a
 * migration at every semicolon, inside functions as well, and runs it in the database that the URL names.
 */
async function withMigratedDatabase(url, work) {
  const name = `migration_draft_${randomUUID()}`;
  const draftUrl = Object.assign(new URL(url), { pathname: `/${name}` }).href;
  await runStatements(url, [`CREATE DATABASE "${name}"`]);
  try {
    await runStatements(draftUrl, readMigrations());
    return await work(draftUrl);
  } finally {
    await runStatements(url, [`DROP DATABASE "${name}"`]);
  }
}

/**
 * Shows Prisma's engine the catalogue as it can read it. `"char"` columns, such as the action of a foreign key, are unknown to its
 * adapter, and become text. PostgreSQL 18 lists NOT NULL among a table's constraints too, which the engine gives up at: it knows them
 * by their columns.
 */
class CataloguePool extends pg.Pool {
  async query(config) {
    const result = await super.query(config);
    for (const field of result.fields) {
      if (field.dataTypeID === pg.types.builtins.CHAR) field.dataTypeID = pg.types.builtins.TEXT;
    }
    const kind = result.fields.findIndex(({ name }) => name === 'constraint_type');
    return kind === -1 ? result : Object.assign(result, { rows: result.rows.filter((row) => row[kind] !== 'n') });
  }
}

async function draft(url, fromEmpty) {
  const files = [{ path: 'schema.prisma', content: readFileSync(join(folder, 'schema.prisma'), 'utf8') }];
  const pool = new CataloguePool({ connectionString: url });
  try {
    const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg(pool));
    const SchemaEngine = await loadEngine();
    const engine = await SchemaEngine.new(
      { datamodels: files.map((file) => [file.path, file.content]) },
      () => {},
      adapter,
    );
    const { exitCode, stdout } = await engine.diff({
      from: fromEmpty ? { tag: 'empty' } : { tag: 'schemaDatasource', files, configDir: folder },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: true,
      filters: { externalTables: [], externalEnums: [] },
    });
    return { differs: exitCode === 2, sql: stdout ?? '' };
  } finally {
    await pool.end();
  }
}

const { values: options } = parseArgs({ options: { check: { type: 'boolean' }, empty: { type: 'boolean' } } });
const url = process.env.DATABASE_URL;
if (url === undefined) {
  process.stderr.write('DATABASE_URL: expected the postgres:// URL of a server in which a database can be created\n');
  process.exit(2);
}
const fromEmpty = options.empty === true || readMigrations().length === 0;
const { differs, sql } = await withMigratedDatabase(url, (draftUrl) => draft(draftUrl, fromEmpty));
if (differs) process.stdout.write(sql);
if (options.check && differs) {
  process.stderr.write('\nprisma/migrations do not lead to schema.prisma: the SQL above is what is missing\n');
  process.exitCode = 1;
}
