import fc, { type Arbitrary } from 'fast-check';
import { createClient, type Client } from '#client';
import { startTestPostgres, type TestPostgres } from '#testkit';
import { freshId, startSystem, type TestSystem } from '../system/index.ts';
import { arbitraryOf } from './description/arbitrary-of.ts';
import { encodeSegment } from './description/encode-segment.ts';
import {
  isStream,
  readDescription,
  type Description,
  type JsonSchema,
  type Operation,
} from './description/read-description.ts';
import { slightlyWrong } from './description/slightly-wrong.ts';

/** Of each operation; `npm run fuzz` makes 2,000. */
const RUNS = Number(process.env['INPUT_RUNS'] ?? 40);
/** The same each time where it is not asked for, so that what a commit's tests say is about that commit. */
const SEED = Number(process.env['INPUT_SEED'] ?? (process.env['INPUT_RUNS'] === undefined ? 1 : Date.now() % 2 ** 31));

let postgres: TestPostgres;
let system: TestSystem;
let admin: Client;
let token: string;
let description: Description;

beforeAll(async () => {
  postgres = await startTestPostgres();
  // Nothing is delivered: the nodes are made up, and so is where they are.
  system = await startSystem(
    { databaseUrl: postgres.url, queueUrl: 'database' },
    { workers: 0, config: { delivery: { timeout: 0.2 } } },
  );
  const credentials = { username: 'admin', password: 'only for the tests' };
  admin = createClient({ url: system.url, credentials });
  const body = new URLSearchParams({ grant_type: 'password', ...credentials });
  const answer = await fetch(`${system.url}/api/v1/token`, { method: 'POST', body });
  token = ((await answer.json()) as { access_token: string }).access_token;
  description = await readDescription(system.url);
});

afterAll(async () => {
  await system.stop();
  await postgres.stop();
});

/** What a path or a query may name that is really there. */
async function makeNames(): Promise<Readonly<Record<string, string>>> {
  const node = freshId('node');
  await admin.nodes.put(node, { url: 'https://node.example/in', protocol: 'webhook' });
  const { id: key } = await admin.keys.create(node, 'gateway');
  const { id: user } = await admin.users.create({ username: freshId('user'), password: 'long enough', role: 'viewer' });
  const { id: message } = await admin.intake.send({ type: 't', origin: node, destinations: [node], payload: 1 });
  return { node, key, user, message, nodes: node, users: user, messages: message, origin: node };
}

interface Input {
  readonly path: string;
  readonly contentType: string | undefined;
  readonly body: string | undefined;
}

/** Inputs of an operation: most as described, the others with one thing wrong about them. */
function inputsOf(operation: Operation, names: Readonly<Record<string, string>>): Arbitrary<Input> {
  const resource = operation.path.split('/')[3] ?? '';
  const known = ({ name }: { name: string }) => names[name === 'id' ? resource : name];
  const [inPath, inQuery] = (['path', 'query'] as const).map((place) =>
    operation.parameters
      .filter((parameter) => parameter.in === place)
      .map((parameter) => fc.tuple(fc.constant(parameter.name), textOf(parameter.schema, known(parameter)))),
  );
  return fc.record({
    path: fc.tuple(fc.tuple(...(inPath ?? [])), subsetOf(inQuery ?? [])).map(([values, query]) => {
      const path = values.reduce(
        (sofar, [name, value]) => sofar.replace(`{${name}}`, encodeSegment(value)),
        operation.path,
      );
      return query.length === 0
        ? path
        : `${path}?${query.map(([name, value]) => `${name}=${encodeSegment(value)}`).join('&')}`;
    }),
    contentType: contentTypeOf(operation),
    body: bodyOf(operation),
  });
}

const junk = fc.constantFrom('', '0', '-1', '%', 'null', '\0', '☃', 'x'.repeat(3_000), '1e9', '2026-02-30', "'", '..');

function textOf(schema: JsonSchema, known: string | undefined): Arbitrary<string> {
  const valid =
    known === undefined
      ? arbitraryOf(schema).map(String)
      : fc.oneof(fc.constant(known), arbitraryOf(schema).map(String));
  return fc.oneof({ weight: 4, arbitrary: valid }, junk);
}

function subsetOf<Value>(members: readonly Arbitrary<Value>[]): Arbitrary<Value[]> {
  return fc
    .tuple(...members.map((member) => fc.option(member, { nil: undefined, freq: 1 })))
    .map((values) => values.filter((value): value is Value & ({} | null) => value !== undefined));
}

function contentTypeOf({ requestBody }: Operation): Arbitrary<string | undefined> {
  if (requestBody === undefined) return fc.constant(undefined);
  // `*/*` stands for any.
  const described = Object.keys(requestBody.content).map((type) => type.replace('*/*', 'text/turtle'));
  const wrong = fc.constantFrom(undefined, 'text/plain', 'application/json; charset=latin1', 'a', 'application/xml');
  return fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...described) }, wrong);
}

function bodyOf({ requestBody }: Operation): Arbitrary<string | undefined> {
  if (requestBody === undefined) return fc.constant(undefined);
  const values = fc.oneof(...Object.values(requestBody.content).map(({ schema = {} }) => arbitraryOf(schema)));
  const json = (value: unknown) => JSON.stringify(value) as string | undefined;
  return fc.oneof(
    { weight: 5, arbitrary: values.map(json) },
    { weight: 5, arbitrary: values.chain(slightlyWrong).map(json) },
    fc.constantFrom(
      undefined,
      '',
      '{',
      '[]',
      'null',
      '{"a":1}{"b":2}',
      '{"__proto__":{}}',
      '['.repeat(200),
      '\ufeff{}',
    ),
  );
}

async function send({ method }: Operation, { path, contentType, body }: Input) {
  const response = await fetch(system.url + path, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(contentType !== undefined && { 'content-type': contentType }) },
    // Bytes, so that no content type is made up.
    ...(body !== undefined && { body: Buffer.from(body) }),
  });
  const contentTypeOfAnswer = response.headers.get('content-type') ?? '';
  return { status: response.status, contentType: contentTypeOfAnswer, text: await response.text() };
}

// First of all: wrong log-ins are counted, and those to come are many.
test.each([
  ['/api/v1/token', 400, { grant_type: 'password', username: '\0', password: 'p' }],
  ['/api/v1/session', 400, { username: '\0', password: 'p' }],
  ['/api/v1/deliveries/replay', 400, { ids: [':'] }],
])('what once broke %s is refused with %i', async (path, status, body) => {
  const operation = description.find('POST', path);
  if (operation === undefined) throw new Error(`${path} is not described`);
  const answer = await send(operation, { path, contentType: 'application/json', body: JSON.stringify(body) });
  expect(answer).toMatchObject({ status, contentType: expect.stringContaining('application/problem+json') as string });
});

test(
  `every operation answers any input as it is described (INPUT_SEED=${SEED})`,
  async () => {
    const seen = new Map<number, number>();
    for (const operation of description.operations.filter((one) => !isStream(one))) {
      const names = await makeNames();
      await fc.assert(
        fc.asyncProperty(inputsOf(operation, names), async (input) => {
          const answer = await send(operation, input);
          seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
          const mistake = description.mistakeIn(operation, answer);
          if (mistake !== null) throw new Error(`${operation.method} ${operation.path}: ${mistake}\n${answer.text}`);
        }),
        { seed: SEED, numRuns: RUNS },
      );
    }
    // The inputs are worth something only if both are common: what is done, and what is refused.
    const of = (from: number) =>
      [...seen].filter(([status]) => Math.floor(status / 100) === from).reduce((sum, [, n]) => sum + n, 0);
    expect(of(2)).toBeGreaterThan(RUNS);
    expect(of(4)).toBeGreaterThan(RUNS);
  },
  300_000 + RUNS * 2_000,
);
