import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startTestPostgres, type TestPostgres } from '#testkit';
import { isStream, readDescription, type Description } from '../../operator/description/read-description.ts';
import { startSystem, type TestSystem } from '../../system/index.ts';
import { accessTable } from './access-table.ts';
import { expectedOf, statusOf } from './expected.ts';
import { nameOf, rowsOf, type Row } from './rows.ts';
import { CALLERS, makeWorld, type Caller, type World } from './world.ts';

let postgres: TestPostgres;
let system: TestSystem;
let description: Description;
let rows: readonly Row[];
beforeAll(async () => {
  postgres = await startTestPostgres();
  // Nothing is delivered while the table is gone through.
  system = await startSystem({ databaseUrl: postgres.url, queueUrl: 'database' }, { workers: 0 });
  description = await readDescription(system.url);
  rows = rowsOf(description);
});
afterAll(async () => {
  await system.stop();
  await postgres.stop();
});

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function make(row: Row, world: World, caller: Caller): Promise<Answer> {
  const { operation, body } = row;
  const end = new AbortController();
  const response = await fetch(system.url + row.path(world, caller), {
    method: operation.method,
    headers: { ...world.headersOf(caller), 'content-type': body?.contentType ?? 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body.of(world, caller)) }),
    signal: end.signal,
  });
  const { status } = response;
  if (!isStream(operation) || status !== 200) return { status, text: await response.text() };
  end.abort();
  return { status, text: '' };
}

/** What of an answer a node must not have got; null when all is well. */
async function leakIn(row: Row, world: World, caller: Caller, { text }: Answer): Promise<string | null> {
  if (caller !== 'node' && caller !== 'other node') return null;
  const own = caller === 'node' ? world.node : world.otherNode;
  const origins = originsIn(JSON.parse(text === '' || !text.startsWith('{') ? '{}' : text));
  const made = row.operation.method === 'POST' ? await originsOf(idsIn(text)) : [];
  const foreign = [...origins, ...made].find((origin) => origin !== own);
  if (foreign !== undefined) return `shows, or made, what is of ${String(foreign)}`;
  return expectedOf(row, caller) === 'nothing' && !text.startsWith('{"items":[]') ? `is not empty: ${text}` : null;
}

function originsIn(document: object): unknown[] {
  const items = 'items' in document && Array.isArray(document.items) ? (document.items as object[]) : [document];
  return items.flatMap((item) => ('origin' in item ? [item.origin] : []));
}

function idsIn(text: string): string[] {
  return [...text.matchAll(/"id":"([0-9a-f-]{36})"/g)].map(([, id = '']) => id);
}

async function originsOf(ids: readonly string[]): Promise<unknown[]> {
  const found = await system.query('SELECT origin FROM message WHERE id = ANY($1::uuid[])', [ids]);
  return found.map(({ origin }) => origin);
}

/** What is wrong with how a call ends; null when it ends as the table says. A call that is refused changes nothing. */
async function mistakeOf(row: Row, world: World, caller: Caller): Promise<string | null> {
  const outcome = expectedOf(row, caller);
  const before = await world.look();
  const answer = await make(row, world, caller);
  const what = `${nameOf(row.operation)} (${row.names})`;
  if (answer.status !== statusOf(row, outcome)) return `${what}: ${answer.status}, not ${outcome}: ${answer.text}`;
  if (answer.status >= 400 && (await world.look()) !== before) return `${what}: was refused, and changed something`;
  const leak = answer.status < 400 ? await leakIn(row, world, caller, answer) : null;
  return leak === null ? null : `${what}: ${leak}`;
}

test.each(CALLERS)('%s: every operation, whatever it names, ends as the table says', async (caller) => {
  const mistakes: string[] = [];
  let world = await makeWorld(system);
  for (const row of rows) {
    const mistake = await mistakeOf(row, world, caller);
    if (mistake !== null) mistakes.push(mistake);
    const mayHaveChanged = row.operation.method !== 'GET' && statusOf(row, expectedOf(row, caller)) < 400;
    if (mayHaveChanged) world = await makeWorld(system);
  }
  expect(mistakes).toEqual([]);
});

test("another's message is answered as one that never was, word for word", async () => {
  const world = await makeWorld(system);
  const nothing = { ...world, message: '018f0000-0000-7000-8000-000000000000' };
  const about = rows.filter(({ operation, names }) => names === 'the message' && operation['x-roles'].includes('node'));
  expect(about.length).toBeGreaterThan(2);
  for (const row of about) {
    expect(await make(row, world, 'other node')).toEqual(await make(row, nothing, 'other node'));
  }
});

test('a route that nobody wrote down fails', () => {
  const [some] = description.operations;
  if (some === undefined) throw new Error('nothing is described');
  const withRoute = (path: string) => () => rowsOf({ ...description, operations: [{ ...some, path, parameters: [] }] });
  expect(withRoute('/api/v1/tenants/{id}')).toThrow('does not know whose tenants are');
  expect(withRoute('/api/v1/tenants')).toThrow('does not know a body for it');
});

test('docs/access.md is this table (ACCESS_FILE=docs/access.md writes it)', async () => {
  const table = accessTable(rows);
  const file = process.env['ACCESS_FILE'];
  if (file !== undefined) await writeFile(file, table);
  expect(await readFile(join(__dirname, '../../../docs/access.md'), 'utf8')).toBe(table);
});
