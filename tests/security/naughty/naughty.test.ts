import { startTestPostgres, type TestPostgres } from '#testkit';
import { encodeSegment } from '../../operator/description/encode-segment.ts';
import {
  isStream,
  readDescription,
  type Description,
  type Operation,
} from '../../operator/description/read-description.ts';
import { startSystem, type TestSystem } from '../../system/index.ts';
import { nameOf, rowsOf, type Row } from '../access/rows.ts';
import { makeWorld, type World } from '../access/world.ts';
import { ALL_NAUGHTY } from './strings.ts';
import { textFieldsOf, valueAt, type FieldPath, type TextField } from './text-fields.ts';

/** Requests under way at a time, each with nodes of its own. */
const LANES = 8;
/** Each field of a body gets one in so many of the texts, the next field those after them; with `npm run fuzz`, all. */
const ONE_IN = process.env['INPUT_RUNS'] === undefined ? 4 : 1;

let postgres: TestPostgres;
let system: TestSystem;
let description: Description;
let rows: readonly Row[];
let worlds: readonly World[];
beforeAll(async () => {
  postgres = await startTestPostgres();
  system = await startSystem({ databaseUrl: postgres.url, queueUrl: 'database' }, { workers: 0 });
  description = await readDescription(system.url);
  rows = rowsOf(description);
  worlds = await Promise.all(Array.from({ length: LANES }, () => makeWorld(system)));
});
afterAll(async () => {
  await system.stop();
  await postgres.stop();
});

interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

async function ask(
  world: World,
  method: string,
  path: string,
  body?: unknown,
  type = 'application/json',
): Promise<Answer> {
  const response = await fetch(system.url + path, {
    method,
    headers: { ...world.headersOf('admin'), ...(body !== undefined && { 'content-type': type }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const contentType = response.headers.get('content-type') ?? '';
  return { status: response.status, contentType, text: await response.text() };
}

/** Tries each text, a few at a time, and collects what was wrong. */
async function mistakesOf(
  texts: readonly string[],
  attempt: (text: string, world: World) => Promise<string | null>,
): Promise<string[]> {
  const mistakes: string[] = [];
  await Promise.all(
    worlds.map(async (world, lane) => {
      for (const text of texts.filter((_, i) => i % LANES === lane)) {
        const mistake = await attempt(text, world);
        if (mistake !== null) mistakes.push(`${JSON.stringify(text.slice(0, 60))}: ${mistake}`);
      }
    }),
  );
  return mistakes;
}

function mistakeIn(operation: Operation, answer: Answer): string | null {
  const mistake = description.mistakeIn(operation, answer);
  return mistake === null ? null : `${mistake} ${answer.status} ${answer.text.slice(0, 300)}`;
}

/** The first way to make a call that is right in all but what is tried. */
function rowOf(operation: Operation): Row {
  const row = rows.find((one) => one.operation === operation && one.ownership.users !== 404);
  if (row === undefined) throw new Error(`${nameOf(operation)} has no row`);
  return row;
}

/** Where a message shows what a call of it says. */
const SHOWN_AS: Readonly<Record<string, string>> = {
  id: 'senderId',
  messageId: 'senderId',
  messageType: 'type',
  datacontenttype: 'contentType',
};

/** What is now where a text was accepted: as the answer shows it, and as it is found when it is asked for. */
async function foundAt(
  world: World,
  { operation }: Row,
  at: string,
  path: FieldPath,
  answer: Answer,
): Promise<unknown[]> {
  const document = JSON.parse(answer.text === '' ? 'null' : answer.text) as unknown;
  const get = async (where: string) => JSON.parse((await ask(world, 'GET', where)).text) as unknown;
  if (answer.status === 202)
    return foundInMessage(world, path, valueAt(document, ['messages', 0, 'id']) ?? valueAt(document, ['id']));
  if (at.endsWith('/keys')) return [valueAt(await get(at), ['items', 0, ...path])];
  if (!['PUT', 'PATCH'].includes(operation.method)) return [valueAt(document, path)];
  return [valueAt(document, path), valueAt(await get(at), path)];
}

async function foundInMessage(world: World, path: FieldPath, id: unknown): Promise<unknown[]> {
  const field = String(path.at(-1));
  if (field === 'payload' || field === 'data') {
    return [JSON.parse((await ask(world, 'GET', `/api/v1/messages/${String(id)}/payload`)).text)];
  }
  const message = JSON.parse((await ask(world, 'GET', `/api/v1/messages/${String(id)}`)).text) as unknown;
  return [valueAt(message, [SHOWN_AS[field] ?? field])];
}

async function tryField(row: Row, { path, fill }: TextField, texts: readonly string[]): Promise<string[]> {
  const { operation, body } = row;
  return mistakesOf(texts, async (text, world) => {
    const at = row.path(world, 'admin');
    const answer = await ask(world, operation.method, at, fill(body?.of(world, 'admin'), text), body?.contentType);
    const mistake = mistakeIn(operation, answer);
    if (mistake !== null || answer.status >= 300) return mistake;
    const found = await foundAt(world, row, at, path, answer);
    const other = found.find((value) => value !== undefined && value !== text);
    return other === undefined ? null : `was accepted, and is ${JSON.stringify(other)} now`;
  });
}

test('every text field of every body takes text for what it is, or refuses it as is described', async () => {
  const mistakes: string[] = [];
  let fields = 0;
  for (const operation of description.operations.filter(({ requestBody }) => requestBody !== undefined)) {
    const [{ schema = {} } = {}] = Object.values(operation.requestBody?.content ?? {});
    for (const field of textFieldsOf(schema)) {
      fields += 1;
      const texts = ALL_NAUGHTY.filter((_, i) => i % ONE_IN === fields % ONE_IN);
      const found = await tryField(rowOf(operation), field, texts);
      mistakes.push(...found.map((mistake) => `${nameOf(operation)} ${field.path.join('.')}: ${mistake}`));
    }
  }
  expect(mistakes).toEqual([]);
  expect(fields).toBeGreaterThan(80);
}, 600_000);

test('every name in a path and every value of a query may be any text', async () => {
  const mistakes: string[] = [];
  for (const operation of description.operations.filter((one) => one.method === 'GET' && !isStream(one))) {
    for (const { name, in: place } of operation.parameters) {
      const found = await mistakesOf(ALL_NAUGHTY, async (text, world) => {
        const value = encodeSegment(text.slice(0, 1_000));
        const at = rowOf(operation).path(world, 'admin');
        const path = place === 'query' ? `${at}?${name}=${value}` : operation.path.replaceAll(/\{\w+\}/g, value);
        return mistakeIn(operation, await ask(world, 'GET', path));
      });
      mistakes.push(...found.map((mistake) => `${nameOf(operation)} ${name}: ${mistake}`));
    }
  }
  expect(mistakes).toEqual([]);
}, 600_000);

test('and after all of that every list can be read, and the audit is in order', async () => {
  for (const list of ['/nodes', '/users', '/messages', '/deliveries', '/log', '/audit']) {
    expect((await system.call('GET', `/api/v1${list}?limit=500`)).status).toBe(200);
  }
  expect((await system.call('GET', '/api/v1/audit/verify')).body).toMatchObject({ brokenAt: null });
});
