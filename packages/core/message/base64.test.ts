import * as fc from 'fast-check';
import { decodeBase64 } from './base64.ts';

test('what is read is what was written, for all bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(decodeBase64(Buffer.from(bytes).toString('base64'))).toEqual(Buffer.from(bytes));
    }),
  );
});

test('what would not be written the same again is refused', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String(), fc.stringMatching(/^[\w\-+/=\s]*$/)), (text) => {
      const bytes = decodeBase64(text);
      expect(bytes?.toString('base64') ?? null).toBe(bytes === null ? null : text);
      if (/^(?:[A-Za-z0-9+/]{4})*$/.test(text)) expect(bytes).not.toBeNull();
      if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) expect(bytes).toBeNull();
    }),
  );
});
