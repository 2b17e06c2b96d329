import { execFileSync } from 'node:child_process';
import { startCli } from '../cli-under-test.ts';

async function scriptFor(shell: string): Promise<string> {
  const run = startCli(['completion', shell], { root: "/here it's" });
  expect(await run.ended).toBe(0);
  return run.stdout();
}

let script: string;

beforeAll(async () => {
  script = await scriptFor('bash');
});

/** What bash offers for the last of these words. */
function complete(...words: readonly string[]): string[] {
  const typed = ['orchestrator', ...words].map((word) => `'${word}'`).join(' ');
  const ask = `COMP_WORDS=(${typed}); COMP_CWORD=${words.length}; _orchestrator; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const offered = execFileSync('bash', ['--norc', '-c', `${script}\n${ask}`], { encoding: 'utf8' });
  return offered.split('\n').filter((word) => word !== '');
}

test('commands are completed, and what is below them', () => {
  expect(complete('')).toEqual(
    expect.arrayContaining(['status', 'node', 'delivery', 'user', 'log', '--url', '--json']),
  );
  expect(complete('del')).toEqual(['delivery']);
  expect(complete('delivery', 're')).toEqual(['replay']);
  expect(complete('node', 'r')).toEqual(['resume', 'rotate-secret']);
});

test('options are completed, wherever other words stand before', () => {
  expect(complete('node', 'put', 'customs', 'https://x', '--prot')).toEqual(['--protocol']);
  expect(complete('--json', 'delivery', 'replay', '--inc')).toEqual(['--include-delivered']);
  expect(complete('nothing', '--prot')).toEqual([]);
});

test('values are completed where only some are possible', () => {
  expect(complete('delivery', 'list', '--state', '')).toEqual(['pending', 'delivered', 'frozen', 'cancelled']);
  expect(complete('user', 'create', 'ann', '--role', 'a')).toEqual(['admin']);
  expect(complete('completion', '')).toEqual(expect.arrayContaining(['bash', 'zsh']));
});

test('the command that is completed runs this command line, wherever it lies', () => {
  expect(script).toContain(`orchestrator() { node '/here it'\\''s/dist/apps/cli/main.js' "$@"; }`);
});

test('for zsh it is the same by way of its bashcompinit, and for another shell there is none', async () => {
  const zsh = await scriptFor('zsh');
  expect(zsh).toContain('bashcompinit');
  expect(zsh.slice(zsh.indexOf('orchestrator()'))).toBe(script.slice(script.indexOf('orchestrator()')));
  expect(await startCli(['completion', 'fish']).ended).toBe(2);
});
