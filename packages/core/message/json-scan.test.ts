import * as fc from 'fast-check';
import { minify, scanObject, scanObjects } from './json-scan.ts';

/** JSON text with white space thrown in between its tokens, and what it is without. */
const spacedJson = fc
  .tuple(fc.json({ maxDepth: 5 }), fc.array(fc.constantFrom('', '', ' ', '\n', '\t', '\r\n  '), { minLength: 1 }))
  .map(([text, spaces]) => {
    // `fc.json` writes without white space, so what is outside of strings is tokens only.
    const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^{}[\],:"]+/g) ?? [];
    return {
      tight: text,
      spaced: tokens
        .map((token, i) => token + (spaces[i % spaces.length] ?? ''))
        .join('')
        .trim(),
    };
  });

function payloadOf(json: string): string {
  const body = Buffer.from(json);
  const span = scanObject(body, 0, 'payload').members.get('payload');
  if (span === undefined) throw new Error('no payload');
  return minify(body, span).toString();
}

test('a minified payload is its tokens, byte for byte', () => {
  fc.assert(
    fc.property(spacedJson, ({ tight, spaced }) => {
      expect(payloadOf(`{ "id": "a" , "payload" : ${spaced} , "type":"t"}`)).toBe(tight);
      expect(payloadOf(`{"payload":${spaced}}`)).toBe(tight);
    }),
  );
});

test('the members found are those that JSON.parse finds', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue()), fc.nat(4), (object, indent) => {
      const json = Buffer.from(JSON.stringify(object, null, indent));
      const { members, end } = scanObject(json, 0);
      const values = [...members].map(([key, { start, end: stop }]) => [
        key,
        JSON.parse(json.toString('utf8', start, stop)),
      ]);
      expect(Object.fromEntries(values)).toEqual(JSON.parse(json.toString()));
      expect(end).toBe(json.length);
    }),
  );
});

test('the objects of a list are found in order, whatever they hold', () => {
  fc.assert(
    fc.property(fc.array(fc.dictionary(fc.string(), fc.jsonValue())), fc.nat(2), (list, indent) => {
      const json = Buffer.from(JSON.stringify(list, null, indent));
      expect(scanObjects(json, 0).map(({ members }) => [...members.keys()].sort())).toEqual(
        list.map((object) => Object.keys(object).sort()),
      );
    }),
  );
});

test.each([
  ['1e400'],
  ['12345678901234567890'],
  ['-0.0'],
  ['"\\ud800 \\u0000 \\/ \\u00e9"'],
  ['{"a":1,"a":2,"__proto__":{"constructor":null}}'],
  ['"a \\" { [ : , ] } \\\\"'],
])('%s stays as it is written', (payload) => {
  expect(payloadOf(`{"payload": ${payload} }`)).toBe(payload);
});

test('of doubled members the last counts, as in JSON.parse, and a key may be written with escapes', () => {
  expect(payloadOf('{"payload":1,"payload":{"a": 2}}')).toBe('{"a":2}');
  expect(payloadOf('{"payload":1,"pay\\u006coad":3}')).toBe('3');
});

test('keys, depth and keys that objects inherit are counted outside the payload only', () => {
  const inside = `{"a":{"__proto__":[[[[{}]]]]}}`;
  expect(scanObject(Buffer.from(`{"x":{"y":[1]},"payload":${inside}}`), 0, 'payload').shape).toEqual({
    keys: 3,
    depth: 3,
    forbidden: null,
  });
  expect(scanObject(Buffer.from(`{"x":{"y":[1]},"payload":${inside}}`), 0).shape).toEqual({
    keys: 5,
    depth: 8,
    forbidden: '__proto__',
  });
  expect(scanObject(Buffer.from('{"x":[{"\\u005f_proto__":1}]}'), 0).shape.forbidden).toBe('__proto__');
});

test('a text of 400,000 levels is walked without recursion', () => {
  const deep = '['.repeat(400_000) + ']'.repeat(400_000);
  expect(payloadOf(`{"payload": ${deep}}`)).toBe(deep);
});
