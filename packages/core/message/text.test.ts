import * as fc from 'fast-check';
import { isJsonType, mediaType, text } from './text.ts';

test('a text is taken exactly when it is well-formed, without control characters, and of the right length', () => {
  const anything = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc
      .array(fc.constantFrom('\0', '\ud800', '\udc00', '\x7f', '\x85', 'a', '😀'), { maxLength: 3 })
      .map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(anything, (value) => {
      const wellFormed = Buffer.from(value).toString() === value;
      const controls = [...value].some((one) => one < ' ' || (one >= '\x7f' && one <= '\x9f'));
      const right = value !== '' && [...value].length <= 10;
      expect(text(10).safeParse(value).success).toBe(wellFormed && !controls && right);
    }),
    { numRuns: 1_000 },
  );
});

test.each([
  ['application/json', true],
  ['text/plain; charset=utf-8', true],
  ['multipart/form-data;boundary="a \\" b"', true],
  ['application/vnd.api+json ; ext="x,y"', true],
  ['json', false],
  ['text/', false],
  ['text/plain;', false],
  ['text/plain; charset', false],
  ['text/plain; charset="utf-8', false],
  ['text/plain, text/html', false],
  ['text/plain\r\nx: y', false],
  ['text/pläin', false],
])('%j is a media type: %s', (value, expected) => {
  expect(mediaType.safeParse(value).success).toBe(expected);
});

test('a long value that is almost a media type is refused at once', () => {
  expect(mediaType.safeParse(`a/b${';a=b'.repeat(60)};`).success).toBe(false);
  expect(mediaType.safeParse(`a/b;a="${'\\"'.repeat(120)}`).success).toBe(false);
});

test.each([
  ['application/json', true],
  ['application/ld+json; profile=x', true],
  ['TEXT/JSON', true],
  ['text/plain; a=/json', false],
  ['application/jsonp', false],
])('%s holds JSON: %s', (value, expected) => {
  expect(isJsonType(value)).toBe(expected);
});
