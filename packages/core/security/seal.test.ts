import * as fc from 'fast-check';
import { createSealer, deriveKey, SealError } from './seal.ts';

const context = ['node', 'customs', 'auth'];
const sealer = createSealer(['a secret of the configuration, long enough']);

/** The code of what `work` throws. */
function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof SealError) return error.code;
    throw error;
  }
  return 'nothing thrown';
}

test('whatever is sealed opens unchanged, and its text is nowhere in the sealed bytes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 8 }), (plain) => {
      const sealed = sealer.seal(plain, context);
      expect(sealer.open(sealed, context)).toBe(plain);
      expect(sealed.includes(plain)).toBe(false);
    }),
  );
});

test('the same text is never sealed to the same bytes twice', () => {
  expect(sealer.seal('token', context).equals(sealer.seal('token', context))).toBe(false);
});

test('a sealed value moved to another row, or to another column, does not open', () => {
  const sealed = sealer.seal('token', context);
  expect(codeOf(() => sealer.open(sealed, ['node', 'port', 'auth']))).toBe('SEAL_BROKEN');
  expect(codeOf(() => sealer.open(sealed, ['node', 'customs', 'secret']))).toBe('SEAL_BROKEN');
  expect(codeOf(() => sealer.open(sealed, ['node', 'customs,auth']))).toBe('SEAL_BROKEN');
});

test('a sealed value with any bit flipped does not open', () => {
  const sealed = sealer.seal('token', context);
  for (let bit = 0; bit < sealed.length * 8; bit += 1) {
    const changed = Buffer.from(sealed);
    changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    expect(codeOf(() => sealer.open(changed, context))).toMatch(/^SEAL_/);
  }
});

test('a cut value does not open', () => {
  const sealed = sealer.seal('', context);
  for (let length = 0; length < sealed.length; length += 1) {
    expect(codeOf(() => sealer.open(sealed.subarray(0, length), context))).toBe('SEAL_BROKEN');
  }
});

test('after a rotation the old secret still opens and the new one seals', () => {
  const rotated = createSealer(['the new secret', 'a secret of the configuration, long enough']);
  expect(rotated.open(sealer.seal('token', context), context)).toBe('token');
  expect(codeOf(() => sealer.open(rotated.seal('token', context), context))).toBe('SEAL_KEY_UNKNOWN');
});

test('keys of different purposes differ, and are the same every time', () => {
  expect(deriveKey('secret', 'tokens').equals(deriveKey('secret', 'seals'))).toBe(false);
  expect(deriveKey('secret', 'tokens').equals(deriveKey('secret', 'tokens'))).toBe(true);
  expect(deriveKey('secret', 'tokens')).toHaveLength(32);
});
