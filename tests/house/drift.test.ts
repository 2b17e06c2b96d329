import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startTestPostgres, type TestPostgres } from '#testkit';
import { root } from './our-files.ts';

let postgres: TestPostgres;
beforeAll(async () => {
  postgres = await startTestPostgres();
});
afterAll(() => postgres.stop());

test('the migrations lead to the schema', async () => {
  await expect(check(root)).resolves.toEqual({ status: 0, sql: '' });
});

test('a schema that the migrations do not lead to is found, with the SQL that is missing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'orchestrator-drift-'));
  try {
    cpSync(join(root, 'prisma'), join(folder, 'prisma'), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    const schema = join(folder, 'prisma/schema.prisma');
    writeFileSync(schema, readFileSync(schema, 'utf8').replace(/^model User \{$/m, '$&\n  nickname String?'));
    const { status, sql } = await check(folder);
    expect(sql).toMatch(/ALTER TABLE "user" ADD COLUMN +"nickname" TEXT/);
    expect(status).toBe(1);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** What the drift check of a tree says. */
function check(tree: string): Promise<{ status: number; sql: string }> {
  const program = join(tree, 'prisma/draft-migration.mjs');
  const env = { ...process.env, DATABASE_URL: postgres.url };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [program, '--check'], { env }, (error, sql, said) => {
      const status = error === null ? 0 : error.code;
      if (typeof status === 'number' && !(status !== 0 && sql === '')) resolve({ status, sql });
      else reject(new Error(`the check did not run: ${said}`, { cause: error }));
    });
  });
}
