import * as fc from 'fast-check';
import { startTestPostgres, type TestPostgres } from '#testkit';
import { bytesArray, plainArray, textArray } from './array-literal.ts';
import { openDatabase, type Database } from './database.ts';

let server: TestPostgres;
let database: Database;

beforeAll(async () => {
  server = await startTestPostgres();
  database = openDatabase({ url: server.url, connections: 1, onError: () => undefined });
});
afterAll(async () => {
  await database.close();
  await server.stop();
});

/** The array as PostgreSQL reads it. */
async function read(type: string, literal: string): Promise<unknown[]> {
  const { rows } = await database.pool.query<{ value: unknown }>(`SELECT unnest($1::${type}[]) AS value`, [literal]);
  return rows.map(({ value }) => value);
}

test('any texts arrive as they were, null, empty, quoted, escaped, and named NULL', async () => {
  const text = fc.string({ unit: 'binary' }).map((one) => one.replaceAll('\0', ''));
  const special = fc.constantFrom('NULL', '', '"', '\\', '{a,b}', '\\"', ' ', '\n');
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(fc.oneof(text, special))), async (values) => {
      expect(await read('text', textArray(values))).toEqual(values);
    }),
    { numRuns: 200 },
  );
});

test('numbers, booleans and UUIDs arrive as they were', async () => {
  expect(await read('int', plainArray([1, -2, null, 2 ** 31 - 1]))).toEqual([1, -2, null, 2 ** 31 - 1]);
  expect(await read('float8', plainArray([0.1, 1e300, 1e-9, null]))).toEqual([0.1, 1e300, 1e-9, null]);
  expect(await read('bool', plainArray([true, false, null]))).toEqual([true, false, null]);
  const id = '018f0000-0000-7000-8000-000000000000';
  expect(await read('uuid', plainArray([id]))).toEqual([id]);
});

test('any bytes arrive as they were', async () => {
  const bytes = fc.uint8Array().map((one) => Buffer.from(one));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(bytes)), async (values) => {
      expect(await read('bytea', bytesArray(values))).toEqual(values);
    }),
    { numRuns: 50 },
  );
});
