// Prints the SQL that leads from the database which prisma/migrations reach to prisma/schema.prisma: the draft of the next migration.
// Prisma's own `migrate diff` would download an engine; this runs the same engine as WebAssembly, so it needs no network.
//
//   node prisma/draft-migration.mjs [--check] [--empty]      DATABASE_URL=postgres://…
//
// --check exits 1 when there is a difference, so that schema and migrations cannot drift apart; --empty starts from nothing.
// The engine asks a real PostgreSQL for its version and replays the migrations in a database that it creates there and drops again;
// the database which the URL names is left alone.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PrismaPg } from '@prisma/adapter-pg';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as engineGlue from '@prisma/schema-engine-wasm/schema_engine_bg';

const folder = import.meta.dirname;
const noFilters = { externalTables: [], externalEnums: [] };

/** The package's entry imports its .wasm as a module, which Node.js cannot without a flag: instantiate it by hand. */
async function loadEngine() {
  const glue = createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm/schema_engine_bg');
  const bytes = readFileSync(glue.replace(/\.js$/, '.wasm'));
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': engineGlue });
  engineGlue.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
  return engineGlue.SchemaEngine;
}

function readMigrations() {
  const base = join(folder, 'migrations');
  const names = readdirSync(folder).includes('migrations')
    ? readdirSync(base, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
    : [];
  return {
    baseDir: base,
    lockfile: { path: './migration_lock.toml', content: 'provider = "postgresql"\n' },
    shadowDbInitScript: '',
    migrationDirectories: names.toSorted().map((path) => ({
      path,
      migrationFile: {
        path: 'migration.sql',
        content: { tag: 'ok', value: readFileSync(join(base, path, 'migration.sql'), 'utf8') },
      },
    })),
  };
}

async function draft({ url, migrations }) {
  const content = readFileSync(join(folder, 'schema.prisma'), 'utf8');
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg(url));
  const SchemaEngine = await loadEngine();
  const engine = await SchemaEngine.new({ datamodels: [['schema.prisma', content]] }, () => {}, adapter);
  const replay = migrations.migrationDirectories.length > 0;
  const { exitCode, stdout } = await engine.diff({
    from: replay ? { tag: 'migrations', ...migrations } : { tag: 'empty' },
    to: { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content }] },
    script: true,
    exitCode: true,
    filters: noFilters,
  });
  return { differs: exitCode === 2, sql: stdout ?? '' };
}

const { values: options } = parseArgs({ options: { check: { type: 'boolean' }, empty: { type: 'boolean' } } });
const migrations = readMigrations();
if (options.empty) migrations.migrationDirectories = [];
const url = process.env.DATABASE_URL;
if (url === undefined) {
  process.stderr.write(
    'DATABASE_URL: expected a PostgreSQL in which a database can be created, to replay the migrations in\n',
  );
  process.exit(2);
}
const { differs, sql } = await draft({ url, migrations });
process.stdout.write(sql);
if (options.check && differs) {
  process.stderr.write('schema.prisma and prisma/migrations differ: the SQL above leads from one to the other\n');
  process.exitCode = 1;
}
