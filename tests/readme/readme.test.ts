import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTerminal, type ShellTerminal } from './open-terminal.ts';
import { readBlocks } from './read-blocks.ts';

const root = join(__dirname, '../..');
const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** The port that the README and the shipped configuration name. */
const PORT = '8080';
const DELIVERY = 60_000;

let folder: string;
let port: string;
const terminals = new Map<string, ShellTerminal>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orchestrator-readme-'));
  port = String(await freePort());
  await cp(join(root, 'config'), join(folder, 'config'), { recursive: true });
  const file = join(folder, 'config/application.yaml');
  await writeFile(file, (await readFile(file, 'utf8')).replace(`port: ${PORT}`, `port: ${port}`));
});

afterAll(async () => {
  const [system, ...others] = terminals.values();
  await Promise.all(others.map((terminal) => terminal.close()));
  await system?.close();
  await rm(folder, { recursive: true, force: true });
});

function terminal(name: string): ShellTerminal {
  const known = terminals.get(name);
  if (known !== undefined) return known;
  const { CI: _, ...env } = process.env;
  const opened = openTerminal(root, {
    ...env,
    PYC_ROOT: folder,
    PYC_CONFIG: '/config/application.yaml',
    ORCHESTRATOR_URL: `http://127.0.0.1:${port}`,
    // What `npm start` builds before, `npm test` has built: doing it again would pull the rug from under other tests.
    npm_config_ignore_scripts: 'true',
  });
  terminals.set(name, opened);
  return opened;
}

test(
  'the lines of the first ten minutes, pasted, deliver the samples to two FEDeRATED nodes and a webhook',
  async () => {
    const blocks = readBlocks(readme, 'The first ten minutes');
    expect(new Set(blocks.map((block) => block.terminal))).toEqual(new Set(['1', '2', '3', '4', '5']));
    for (const { terminal: name, lines } of blocks) {
      const running = name === '1' ? 'is ready at' : 'Ctrl-C ends it.';
      await terminal(name).paste(lines.replaceAll(`127.0.0.1:${PORT}`, `127.0.0.1:${port}`), running);
    }

    await terminal('2').shows('1001 bytes of application/json, signature ok, answered 200');
    expect(terminal('2').printed()).toContain('logistics.event from did:web:carrier.example.org');
    expect(terminal('2').printed()).toContain('"grossMass": 19.000');
    for (const name of ['4', '5']) {
      await terminal(name).shows('event from did:web:carrier.example.org');
      expect(terminal(name).printed()).toContain('to its sender 3d7c3a8e-5f5b-4c0e-9a5a-0f4f2f0d6b11');
      expect(terminal(name).printed()).toContain('signature ok, answered 200');
    }
    expect(terminal('3').printed()).toMatch(/^billing +1 /m);
  },
  2 * DELIVERY,
);

test('the configuration table has every key of the shipped file, and no other', () => {
  const shipped = readFileSync(join(root, 'config/application.yaml'), 'utf8');
  const table = readme.slice(readme.indexOf('## Configuration'), readme.indexOf('## A fleet'));
  expect(keysOfTable(table).sort()).toEqual(keysOfFile(shipped).sort());
});

/** `server.host`, `server.port` and so on: the first cell of each row, where `.port` goes on from the name before it. */
function keysOfTable(table: string): string[] {
  return [...table.matchAll(/^\| (`.*?) +\|/gm)].flatMap(([, cell = '']) => {
    let section = '';
    return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => {
      const key = name.startsWith('.') ? section + name : name;
      section = key.replace(/\.[^.]+$/, '');
      return key;
    });
  });
}

/** The keys that have a value, those commented out too: there a single word, for else it is prose. */
function keysOfFile(yaml: string): string[] {
  const path: string[] = [];
  return yaml.split('\n').flatMap((line) => {
    const [, spaces = '', name, value] =
      /^( *)([a-zA-Z]+):(?: +(\S.*))?$/.exec(line.replace(/# ([a-zA-Z]+: \S+)$/, '$1')) ?? [];
    if (name === undefined) return [];
    path.splice(spaces.length / 2, Infinity, name);
    return value === undefined ? [] : [path.join('.')];
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
