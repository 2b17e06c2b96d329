import * as fc from 'fast-check';
import { encodeAttribute } from './cloud-event-headers.ts';

test('values are encoded as the CloudEvents HTTP binding shows it', () => {
  expect(encodeAttribute('Euro € 😀')).toBe('Euro%20%E2%82%AC%20%F0%9F%98%80');
  expect(encodeAttribute('"100%"')).toBe('%22100%25%22');
  expect(encodeAttribute('did:web:customs.example/a?b=c&d')).toBe('did:web:customs.example/a?b=c&d');
  expect(encodeAttribute('a\r\nx-evil: 1')).toBe('a%0D%0Ax-evil:%201');
});

test('every encoded value is printable ASCII without quotes, and decodes to what it was', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (value) => {
      const encoded = encodeAttribute(value);
      expect(encoded).toMatch(/^[\x21\x23-\x7e]*$/);
      expect(decodeURIComponent(encoded)).toBe(value);
    }),
  );
});

test('a lone surrogate becomes the replacement character, not an error', () => {
  expect(encodeAttribute('a\ud800')).toBe('a%EF%BF%BD');
});
