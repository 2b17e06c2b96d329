import { assert, json, property, uint8Array } from 'fast-check';
import { indentJson, showPayload } from './show-payload.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

test('JSON is indented by its own tokens: no number is rounded, no key dropped', () => {
  const text = '{"a":12345678901234567890,"a":1e400,"b":[],"c":{"d":"x,{}:\\"y"}}';
  expect(showPayload(bytes(text), 'application/json')).toEqual({
    kind: 'text',
    language: 'JSON',
    text: '{\n  "a": 12345678901234567890,\n  "a": 1e400,\n  "b": [],\n  "c": {\n    "d": "x,{}:\\"y"\n  }\n}',
  });
});

test('indenting changes no JSON value', () => {
  assert(property(json(), (text) => expect(JSON.parse(indentJson(text))).toEqual(JSON.parse(text))));
});

test.each([
  ['text/turtle', 'a b c .', 'Turtle'],
  ['application/octet-stream', '@prefix ex: <http://example.org/> .', 'Turtle'],
  ['application/ld+json; charset=utf-8', '{}', 'JSON'],
  ['application/soap+xml', '<a/>', 'XML'],
  ['', '<?xml version="1.0"?><a/>', 'XML'],
  ['', 'hello', 'text'],
])('%s of %j is %s', (contentType, text, language) => {
  expect(showPayload(bytes(text), contentType)).toMatchObject({ kind: 'text', language });
});

test('what is no text is shown as bytes, whatever it says it is', () => {
  expect(showPayload(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0), 'text/plain')).toEqual({
    kind: 'bytes',
    text: '000000  89 50 4e 47 00                                   ·PNG·',
  });
});

test('anything can be shown', () => {
  assert(property(uint8Array(), (some) => expect(typeof showPayload(some, 'application/json').text).toBe('string')));
});
