import { execFile } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';

/** Each wall of the house, broken once: what stands in the file, and what the linter must say of it. */
const BROKEN: [wall: string, file: string, text: string, said: RegExp][] = [
  ['core has no I/O', 'packages/core/reads.ts', "import 'node:fs';", /core has no I\/O/],
  ['core has no I/O by promises either', 'packages/core/awaits.ts', "import 'node:fs/promises';", /core has no I\/O/],
  ['core has no clock', 'packages/core/looks-at-the-clock.ts', 'Date.now();', /core has no clock/],
  ['core has no monotonic clock', 'packages/core/measures.ts', 'performance.now();', /core has no I\/O, clock/],
  ['core has no timer', 'packages/core/waits.ts', 'setTimeout(() => undefined, 1);', /core has no I\/O, clock/],
  ['core has no chance', 'packages/core/throws-dice.ts', 'Math.random();', /core has no chance/],
  ['core has no environment', 'packages/core/asks.ts', 'process.env;', /core has no I\/O, clock, environment/],
  [
    'core has no logger',
    'packages/core/talks.ts',
    "console.log('hello');",
    /core has no I\/O, clock, environment or logger/,
  ],
  ['core uses zod and yaml only', 'packages/core/signs.ts', "import 'jsonwebtoken';", /core uses zod and yaml/],
  ['core depends on nothing of ours', 'packages/core/stores.ts', "import '#persistence';", /no arrow .* persistence/],
  ['runtime depends on nothing of ours', 'packages/runtime/decides.ts', "import '#core';", /no arrow .* core/],
  ['persistence does not know the queue', 'packages/persistence/wakes.ts', "import '#queue';", /no arrow .* queue/],
  ['persistence does not know BullMQ', 'packages/persistence/adds.ts', "import 'bullmq';", /only in packages\/queue/],
  ['queue does not know persistence', 'packages/queue/reads.ts', "import '#persistence';", /no arrow .* persistence/],
  ['queue does not know pg', 'packages/queue/queries.ts', "import 'pg';", /only in packages\/persistence/],
  [
    'queue does not know Prisma',
    'packages/queue/finds.ts',
    "import '@prisma/client';",
    /only in packages\/persistence/,
  ],
  ['queue does not know Express', 'packages/queue/serves.ts', "import 'express';", /only in apps\/ingress/],
  ['the worker does not know axios', 'apps/worker/posts.ts', "import 'axios';", /only in packages\/client/],
  ['persistence does not know jose', 'packages/persistence/signs.ts', "import 'jose';", /only in apps\/ingress/],
  ['node-client does not know queue', 'packages/node-client/wakes.ts', "import '#queue';", /no arrow .* queue/],
  ['client does not know undici', 'packages/client/posts.ts', "import 'undici';", /only in packages\/node-client/],
  [
    'client does not know the node client',
    'packages/client/signs.ts',
    "import '#node-client';",
    /no arrow .* node-client/,
  ],
  ['the ingress does not know undici', 'apps/ingress/posts.ts', "import 'undici';", /only in packages\/node-client/],
  ['the ingress does not know ioredis', 'apps/ingress/connects.ts', "import 'ioredis';", /only in packages\/queue/],
  ['the ingress does not know winston', 'apps/ingress/logs.ts', "import 'winston';", /only in packages\/runtime/],
  [
    'the worker does not know OpenTelemetry',
    'apps/worker/traces.ts',
    "import '@opentelemetry/api';",
    /only in packages\/runtime/,
  ],
  ['the worker does not know Express', 'apps/worker/serves.ts', "import 'express';", /only in apps\/ingress/],
  [
    'the worker does not know the ingress',
    'apps/worker/asks.ts',
    "import '../ingress/app.ts';",
    /no app imports another/,
  ],
  [
    'the ingress does not know the worker',
    'apps/ingress/a/runs.ts',
    "import '../../worker/worker.ts';",
    /no app imports/,
  ],
  ['packages do not know apps', 'packages/queue/asks.ts', "import '../../apps/worker/worker.ts';", /no app imports/],
  ['the command line does not know the database', 'apps/cli/reads.ts', "import '#persistence';", /no arrow .* persist/],
  ['only the console knows React', 'apps/ingress/draws.ts', "import 'react';", /only in apps\/console/],
  ['the console knows no other package', 'apps/console/decides.ts', "import '#core';", /no arrow .* core/],
  [
    'the console takes nothing that runs from the client',
    'apps/console/calls.ts',
    "import { createClient } from '#client'; createClient;",
    /takes types from the client/,
  ],
  ['nobody imports the console', 'apps/ingress/shows.ts', "import '../console/theme.ts';", /no app imports another/],
  ['apps do not use the test kit', 'apps/ingress/fakes.ts', "import '#testkit';", /only tests use the test kit/],
  ['packages do not use the test kit', 'packages/queue/fakes.ts', "import '#testkit';", /only tests use the test kit/],
  ['apps do not read the environment', 'apps/worker/reads.ts', "process.env['HOME'];", /for packages\/runtime/],
  [
    'apps do not take it apart either',
    'apps/worker/takes.ts',
    'const { env } = process; env;',
    /for packages\/runtime/,
  ],
  ['packages do not read the environment', 'packages/queue/configures.ts', 'process.env;', /for packages\/runtime/],
  [
    'apps do not listen to signals',
    'apps/ingress/hears.ts',
    "process.on('SIGTERM', () => {});",
    /for packages\/runtime/,
  ],
  ['apps do not end the process', 'apps/ingress/ends.ts', 'process.exit(1);', /for packages\/runtime/],
  [
    'no package is entered but by its index',
    'apps/worker/a/enters.ts',
    "import '../../../packages/core/a.ts';",
    /#name/,
  ],
  ['nor from the package beside it', 'packages/queue/enters.ts', "import '../core/message/message.ts';", /#name/],
  ['nor below its name', 'packages/queue/goes-deep.ts', "import '#core/message/message.ts';", /#name/],
  [
    'types keep to the walls',
    'packages/queue/types.ts',
    "export type { Pool } from 'pg';",
    /only in packages\/persist/,
  ],
  [
    'imports at run time do too',
    'packages/queue/late.ts',
    "export const pg = import('pg');",
    /only in packages\/persist/,
  ],
];

/** What each place may do: nothing is to be said of it. */
const WHOLE: Record<string, string> = {
  'packages/core/a.ts': "import 'zod'; import 'yaml'; import 'node:crypto'; import './b.ts';",
  'packages/persistence/a.ts':
    "import 'pg'; import '@prisma/adapter-pg'; import './generated/client.ts'; import '#core';",
  'packages/queue/a.ts': "import 'bullmq'; import 'ioredis'; import '#core'; import 'node:net';",
  'packages/node-client/a.ts': "import 'undici'; import 'axios'; import 'jose'; import '#core';",
  'packages/client/a.ts': "import 'axios'; import '#core';",
  'packages/runtime/a.ts':
    "import 'winston'; import 'prom-client'; import '@opentelemetry/api'; process.env; process.on('SIGTERM', () => {});",
  'apps/ingress/a.ts': "import 'express'; import '#persistence'; import '#queue'; import '#runtime';",
  'apps/worker/a.ts': "import '#node-client'; import '#persistence'; process.pid;",
  'apps/standalone/a.ts': "import '../ingress/ingress.ts'; import '../worker/worker.ts';",
  'apps/console/a.tsx':
    "import 'react'; import 'uplot'; import type { Node } from '#client'; export type Named = Node;",
  'packages/queue/a.test.ts': "import '#testkit'; import '#persistence'; process.env;",
  'tests/a.ts': "import 'undici'; import '../apps/worker/worker.ts';",
};

const WALLS = ['no-restricted-imports', 'no-restricted-properties', 'no-restricted-globals'];

interface Finding {
  readonly file: string;
  readonly rule: string;
  readonly said: string;
}

/** One entry of what oxlint prints as JSON. */
interface Diagnostic {
  readonly message: string;
  readonly help?: string;
  readonly code: string;
  readonly filename: string;
}

const root = join(import.meta.dirname, '../..');
let folder: string;
let findings: readonly Finding[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'orchestrator-walls-'));
  for (const file of ['oxlint.config.mjs', 'package.json', 'tsconfig.json']) {
    copyFileSync(join(root, file), join(folder, file));
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  for (const [, file, text] of BROKEN) write(file, text);
  for (const [file, text] of Object.entries(WHOLE)) write(file, text);
  findings = await lint();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each(BROKEN)('%s', (_wall, file, _text, said) => {
  expect(saidOf(file)).toEqual([expect.stringMatching(said)]);
});

test.each(Object.keys(WHOLE))('nothing is said of what %s may do', (file) => {
  expect(saidOf(file)).toEqual([]);
});

test('promises that nobody waits for are found, which takes the types', async () => {
  write('apps/worker/floats.ts', 'async function work(): Promise<void> {}\nwork();\n');
  const found = await lint(['no-floating-promises'], ['apps/worker/floats.ts']);
  expect(found).toHaveLength(1);
});

function saidOf(file: string): string[] {
  return findings.filter((finding) => finding.file === file).map(({ said }) => said);
}

function write(file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), `${text}\n`);
}

/** What our configuration finds in the folder, of some rules. */
async function lint(rules = WALLS, paths = ['apps', 'packages', 'tests']): Promise<readonly Finding[]> {
  const program = join(root, 'node_modules/oxlint/bin/oxlint');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [program, '-c', 'oxlint.config.mjs', '--format', 'json', ...paths],
    { cwd: folder, maxBuffer: 64 * 1_048_576 },
  ).catch((error: { stdout: string }) => error);
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: Diagnostic[] };
  return diagnostics
    .map(({ message, help = '', code, filename }) => ({
      file: filename,
      rule: code.replace(/^.*\((.*)\)$/, '$1'),
      said: `${message} ${help}`,
    }))
    .filter(({ rule }) => rules.includes(rule));
}
