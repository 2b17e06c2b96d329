import * as fc from 'fast-check';
import { digestOf, fingerprintOf, type Repeatable } from './fingerprint.ts';

const repeatable: fc.Arbitrary<Repeatable> = fc.record({
  digest: fc.constantFrom('a', 'b').map((text) => digestOf(Buffer.from(text))),
  type: fc.constantFrom('t', 'u', 't","u'),
  contentType: fc.constantFrom('t', 'application/json'),
  destinations: fc.option(fc.array(fc.constantFrom('a', 'b', 'a,b', 'c'), { maxLength: 3 })),
});

/** What a fingerprint must tell apart. */
function essence({ digest, type, contentType, destinations }: Repeatable): string {
  return JSON.stringify([digest.toString('hex'), type, contentType, destinations && [...new Set(destinations)].sort()]);
}

test('two calls have one fingerprint exactly when payload, type, content type and set of destinations agree', () => {
  fc.assert(
    fc.property(repeatable, repeatable, (one, other) => {
      expect(fingerprintOf(one).equals(fingerprintOf(other))).toBe(essence(one) === essence(other));
    }),
    { numRuns: 2_000 },
  );
});

test('the order of destinations, and naming one twice, make no difference', () => {
  fc.assert(
    fc.property(repeatable, fc.array(fc.string()), (call, names) => {
      const shuffled = [...names, ...names].toReversed();
      const one = fingerprintOf({ ...call, destinations: names });
      expect(fingerprintOf({ ...call, destinations: shuffled }).equals(one)).toBe(true);
    }),
  );
});

test('destinations left out differ from every list', () => {
  const call = { digest: digestOf(Buffer.alloc(0)), type: 't', contentType: 'c' };
  expect(fingerprintOf({ ...call, destinations: null })).not.toEqual(fingerprintOf({ ...call, destinations: [] }));
});
