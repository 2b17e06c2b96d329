import * as fc from 'fast-check';
import { startTestPostgres, type TestPostgres } from '#testkit';
import { startSystem, type TestSystem } from '../system/index.ts';

/** `npm run fuzz` makes 100,000. */
const REQUESTS = Number(process.env['FUZZ_REQUESTS'] ?? 1_000);
/** Requests under way at a time, which is one round. */
const ROUND = 50;
/** Bytes that memory may have grown by at the end, against what it was after a tenth of the requests. */
const GROWTH = 128 * 1_048_576;

let postgres: TestPostgres;
let system: TestSystem;
let key: string;
beforeAll(async () => {
  postgres = await startTestPostgres();
  system = await startSystem({ databaseUrl: postgres.url, queueUrl: 'database' }, { workers: 0 });
  key = await system.register('fuzz', { url: 'http://127.0.0.1:9/', subscriptions: ['>'] });
});
afterAll(async () => {
  await system.stop();
  await postgres.stop();
});

const odd = fc.constantFrom(
  '\u0000',
  '\ud800',
  '\u202e',
  "' OR 1=1 --",
  '<img src=x onerror=alert(1)>',
  '${7*7}',
  '../../etc/passwd',
  '1e400',
  '__proto__',
  '%00',
  '\r\nx: y',
);
const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 60 }), odd);
const value: fc.Arbitrary<unknown> = fc.oneof(
  text,
  fc.double(),
  fc.bigInt().map(String),
  fc.jsonValue(),
  fc.constant(null),
  fc.boolean(),
);
/** Known members with good and with odd values, and others. */
const call = fc
  .record(
    {
      id: fc.oneof(fc.uuid(), value),
      messageId: fc.oneof(fc.uuid(), value),
      type: fc.oneof(fc.constant('container.gate-in'), value),
      messageType: fc.oneof(fc.constantFrom('event', 'fullevent'), value),
      distributionRule: fc.oneof(fc.constantFrom('static', 'broadcast'), value),
      recordedTime: fc.oneof(fc.nat(), value),
      destinations: fc.oneof(fc.constant(['fuzz']), fc.array(text, { maxLength: 3 }), value),
      message: fc.oneof(fc.base64String(), value),
      payload: value,
      payloadBase64: fc.oneof(fc.base64String(), value),
      contentType: fc.oneof(fc.constant('application/json'), value),
      specversion: fc.oneof(fc.constant('1.0'), value),
      source: value,
      data: value,
    },
    { requiredKeys: [] },
  )
  .chain((known) => fc.dictionary(text, value, { maxKeys: 2 }).map((others) => ({ ...others, ...known })));
/** Right, but for what is in them. */
const rightCall = fc.oneof(
  fc.record({ type: fc.constant('container.gate-in'), destinations: fc.constant(['fuzz']), payload: value }),
  fc.record({
    recordedTime: fc.nat(),
    distributionRule: fc.constant('static'),
    destinations: fc.constant(['fuzz']),
    messageId: fc.uuid(),
    messageType: fc.constantFrom('event', 'fullevent'),
    message: fc.base64String({ minLength: 4 }),
  }),
);
const body = fc.oneof(
  { weight: 6, arbitrary: rightCall.map((one) => JSON.stringify(one)) },
  { weight: 6, arbitrary: call.map((one) => JSON.stringify(one)) },
  { weight: 1, arbitrary: fc.array(call, { maxLength: 3 }).map((messages) => JSON.stringify({ messages })) },
  { weight: 1, arbitrary: fc.array(call, { maxLength: 3 }).map((events) => JSON.stringify(events)) },
  { weight: 1, arbitrary: text },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) },
  { weight: 1, arbitrary: fc.nat({ max: 200 }).map((depth) => '['.repeat(depth) + ']'.repeat(depth)) },
);
const request = fc.record({
  path: fc.constantFrom(
    '/api/message',
    '//api/message',
    '/api/v1/messages',
    '/api/v1/messages/batch',
    '/api/v1/events',
  ),
  type: fc.constantFrom(
    'application/json',
    'application/json',
    'application/json',
    'application/cloudevents+json',
    'application/cloudevents-batch+json',
    'text/plain',
    'x',
  ),
  encoding: fc.oneof(
    { weight: 9, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.constantFrom('gzip', 'br', 'x') },
  ),
  body,
});

const mebibytes = (bytes: number) => Math.round(bytes / 1_048_576);

test('whatever is sent, the answer is never ours to be ashamed of, and memory stays as it was', async () => {
  const seed = Number(
    process.env['FUZZ_SEED'] ?? (process.env['FUZZ_REQUESTS'] === undefined ? 1 : Date.now() % 2 ** 31),
  );
  const statuses = new Map<number, number>();
  let settled = 0;
  let memory = 0;
  for (let made = 0; made < REQUESTS; made += ROUND) {
    const requests = fc.sample(request, { numRuns: ROUND, seed: seed + made });
    await Promise.all(
      requests.map(async ({ path, type, encoding, body: sent }) => {
        const headers = { 'content-type': type, ...(encoding !== null && { 'content-encoding': encoding }) };
        const { status, body: answer } = await system.call('POST', path, { key, headers, body: sent });
        if (status >= 500)
          throw new Error(
            `seed ${seed + made}: ${path} ${type} answered ${status} ${JSON.stringify(answer)} to ${String(sent)}`,
          );
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }),
    );
    // What a test's report keeps would be all of the growth.
    (system.report.reported as unknown[]).splice(0);
    settled += ROUND;
    if (memory === 0 && settled >= REQUESTS / 10) memory = process.memoryUsage().heapUsed;
  }
  const grown = process.memoryUsage().heapUsed - memory;
  if (process.env['FUZZ_REQUESTS'] !== undefined) {
    const answers = [...statuses].toSorted(([a], [b]) => a - b).map(([status, count]) => `${count} × ${status}`);
    const figures = `seed ${seed}: ${answers.join(', ')}; heap of ${mebibytes(memory)} MiB after a tenth, ${mebibytes(grown)} MiB more at the end`;
    process.stdout.write(`${figures}\n`);
  }
  // It says something only if some were good, and some were not.
  expect(statuses.get(202) ?? 0).toBeGreaterThan(0);
  expect(statuses.get(400) ?? 0).toBeGreaterThan(0);
  expect(grown).toBeLessThan(GROWTH);
}, 3_600_000);
