import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTestPostgres, type TestPostgres } from '#testkit';
import { startSystem, type TestSystem } from '../../system/index.ts';
import { waitUntil } from '../../system/wait-until.ts';
import { readGuide, rewriteGuide, withoutChance, type Example } from './read-guide.ts';

// The guide's examples are run one after the other in a real shell, with the program as it was built. With GUIDE_WRITE=1 what they print is
// written into the guide.

const root = join(import.meta.dirname, '../../..');
const file = join(root, 'docs/cli.md');
const guide = readFileSync(file, 'utf8');

let postgres: TestPostgres;
let system: TestSystem;
let setting: NodeJS.ProcessEnv;
const going: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  postgres = await startTestPostgres();
  system = await startSystem(
    { databaseUrl: postgres.url, queueUrl: 'database' },
    // A delivery that fails freezes at once, so that there is something to look at and to replay.
    { config: { delivery: { retry: { max: 1 } }, purge: { delivered: 604_800, frozen: 2_592_000, log: 2_592_000 } } },
  );
  setting = {
    ...process.env,
    ORCHESTRATOR_URL: system.url,
    ORCHESTRATOR_PASSWORD: 'only for the tests',
    PYC_ROOT: root,
  };
});

afterAll(async () => {
  for (const stop of going) await stop();
  await system.stop();
  await postgres.stop();
});

/** Where the guide's reader has put all this. */
const HOME = '/srv/orchestrator';

/** What goes on says how to end it once it is there. */
const GOES_ON = 'Ctrl-C ends it.';

function run({ command, goesOn }: Pick<Example, 'command' | 'goesOn'>): Promise<string> {
  // One pipe for both streams, so that their lines come in the order in which they were printed.
  const shell = `exec 2>&1; orchestrator() { node '${join(root, 'dist/apps/cli/main.js')}' "$@"; }; ${command}`;
  const child = spawn('bash', ['--norc', '-c', shell], { cwd: root, env: setting, detached: true });
  const ended = once(child, 'close');
  let text = '';
  const isThere = new Promise<string>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      if (goesOn && text.includes(GOES_ON)) resolve(text);
    });
  });
  if (goesOn) {
    going.push(() => {
      process.kill(-(child.pid ?? 0), 'SIGINT');
      return ended;
    });
  }
  const printed = Promise.race([isThere, ended.then(() => text)]);
  return printed.then((all) => all.replaceAll(root, HOME));
}

/** What was sent is delivered or frozen: in this guide nothing waits for long. */
async function settled(): Promise<void> {
  const pending = () => system.query(`SELECT 1 FROM delivery WHERE state = 'pending'`);
  await waitUntil(pending, (rows) => rows.length === 0);
}

test('what the guide shows of each command is what it prints', async () => {
  const outputs: string[] = [];
  for (const example of readGuide(guide)) {
    const text = await run(example);
    await settled();
    outputs.push(text);
    if (process.env['GUIDE_WRITE']) continue;
    expect(`$ ${example.command}\n${withoutChance(text)}`).toBe(
      `$ ${example.command}\n${withoutChance(example.output)}`,
    );
  }
  expect(outputs.length).toBeGreaterThan(20);
  if (process.env['GUIDE_WRITE']) writeFileSync(file, rewriteGuide(guide, outputs));
}, 300_000);

test('every command has its place in the guide', async () => {
  const text = await run({ command: 'orchestrator --help', goesOn: false });
  const names = [...text.slice(text.indexOf('Commands:')).matchAll(/^ {2}([a-z]+)/gm)].map(([, name]) => name ?? '');
  expect(names.length).toBeGreaterThan(9);
  const shown = readGuide(guide)
    .map(({ command }) => command)
    .join('\n');
  for (const name of names.filter((one) => one !== 'help'))
    expect(shown).toMatch(new RegExp(`orchestrator.* ${name}\\b`));
});
