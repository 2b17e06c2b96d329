import fc from 'fast-check';
import { indentJson } from './indent-json.ts';

test('JSON is spread over lines as JSON.stringify does it', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(indentJson(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
    }),
  );
});

test('every token stays as it was written', () => {
  expect(indentJson('{"a":19.000,"b":"\\u00e9\\"{,","c":[ ],"d":1e400}')).toBe(
    ['{', '  "a": 19.000,', '  "b": "\\u00e9\\"{,",', '  "c": [],', '  "d": 1e400', '}'].join('\n'),
  );
});
