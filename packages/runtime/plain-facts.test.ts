import * as fc from 'fast-check';
import { plainFacts } from './plain-facts.ts';

const CANARY = 'N0tToBeSeen';

test('facts that JSON can take stay as they are', () => {
  const facts = { id: 'a', count: 3, ok: true, none: null, list: [1, 'b'], nested: { deep: { er: 1 } } };
  expect(plainFacts(facts)).toEqual(facts);
});

test('what JSON can not take is put in words', () => {
  const circular: Record<string, unknown> = { list: [] };
  circular['self'] = circular;
  expect(
    plainFacts({
      big: 12345678901234567890n,
      nan: NaN,
      at: new Date(0),
      never: new Date(NaN),
      bytes: Buffer.alloc(5),
      set: new Set([1]),
      map: new Map([['a', 1]]),
      run: () => 1,
      symbol: Symbol('s'),
      circular,
    }),
  ).toEqual({
    big: '12345678901234567890',
    nan: 'NaN',
    at: '1970-01-01T00:00:00.000Z',
    never: 'Invalid Date',
    bytes: '(5 bytes)',
    set: [1],
    map: { a: 1 },
    run: '(function)',
    symbol: 'Symbol(s)',
    circular: { list: [], self: '(circular)' },
  });
});

test('an error comes with its code, stack and cause, and without what a driver hung on it', () => {
  const error = Object.assign(new TypeError('no', { cause: new Error('why') }), { code: 'E_NO', detail: CANARY });
  expect(plainFacts({ error })).toEqual({
    error: {
      name: 'TypeError',
      message: 'no',
      code: 'E_NO',
      stack: expect.stringContaining('plain-facts.test.ts'),
      cause: expect.objectContaining({ message: 'why' }),
    },
  });
});

test('the same object twice is no circle', () => {
  const shared = { a: 1 };
  expect(plainFacts({ one: shared, two: shared })).toEqual({ one: { a: 1 }, two: { a: 1 } });
});

test.each([
  'password',
  'adminPassword',
  'client_secret',
  'access-token',
  'Authorization',
  'x-api-key',
  'apiKey',
  'key',
  'privateKeys',
  'set-cookie',
  'auth',
  'webhook-signature',
])('what is called %s is hidden at any depth', (name) => {
  expect(JSON.stringify(plainFacts({ [name]: CANARY, deep: [{ er: { [name]: [CANARY] } }] }))).not.toContain(CANARY);
  expect(plainFacts({ [name]: null })).toEqual({ [name]: null });
});

test.each([
  `postgres://user:${CANARY}@host/db`,
  `no redis://:${CANARY}@host`,
  `Bearer ${CANARY}`,
  `whsec_${CANARY}`,
  `got eyJhbGciOi.${CANARY}.x`,
])('the secret in %s is hidden', (text) => {
  const shown = JSON.stringify(
    plainFacts({ text, error: new Error(text), list: [text], url: URL.canParse(text) ? new URL(text) : null }),
  );
  expect(shown).not.toContain(CANARY);
  expect(shown).toContain('(hidden)');
});

test('a secret is hidden also where a long text is cut', () => {
  for (let length = 8_150; length < 8_200; length += 1) {
    const { text } = plainFacts({ text: `${'x '.repeat(length / 2)}Bearer ${CANARY}` });
    expect(String(text)).not.toContain('N0tT');
  }
});

test('getters and proxies that throw cost only themselves', () => {
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const trap = {
    get broken() {
      throw new Error('boom');
    },
  };
  expect(plainFacts({ id: 'a', trap, proxy: revoked.proxy })).toEqual({
    id: 'a',
    trap: { broken: '(unreadable: Error: boom)' },
    proxy: expect.stringContaining('(unreadable'),
  });
});

test('however much it is handed, a line stays bounded', () => {
  const wide = Object.fromEntries(
    Array.from({ length: 5_000 }, (_, i) => [`n${i}`, Array(5_000).fill('x'.repeat(5_000))]),
  );
  let deep: unknown = 'end';
  for (let i = 0; i < 100_000; i += 1) deep = [deep];
  const line = JSON.stringify(plainFacts({ id: 'a', huge: 'x'.repeat(10_000_000), wide, deep }));
  expect(line.length).toBeLessThan(200_000);
  expect(line).toContain('(10000000 characters)');
});

test('whatever the facts, they can be written as JSON', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.string(),
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withTypedArray: true,
          withSparseArray: true,
          withNullPrototype: true,
        }),
      ),
      (facts) => {
        expect(JSON.parse(JSON.stringify(plainFacts(facts)))).toEqual(expect.anything());
      },
    ),
  );
});
