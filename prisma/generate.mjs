// `prisma generate` needs no engine, yet downloads one unless a binary is named: name one that is always there.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const manifest = createRequire(import.meta.url).resolve('prisma/package.json');
const { status, stdout, stderr } = spawnSync(
  process.execPath,
  [join(dirname(manifest), 'build/index.js'), 'generate', '--no-hints'],
  {
    cwd: dirname(import.meta.dirname),
    encoding: 'utf8',
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, CHECKPOINT_DISABLE: '1' },
  },
);
if (status !== 0) process.stderr.write(`${stdout}\n${stderr}\n`);
process.exitCode = status ?? 1;
