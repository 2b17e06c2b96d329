import fc, { type Arbitrary } from 'fast-check';
import type { JsonSchema } from './read-description.ts';

/** Values that a schema allows. Throws for a schema that uses what is not known here, so that nothing is left out silently. */
export function arbitraryOf(schema: JsonSchema): Arbitrary<unknown> {
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map(arbitraryOf));
  const { type } = schema;
  // Whatever JSON can hold.
  if (type === undefined) return fc.jsonValue({ maxDepth: 3 });
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer(boundsOf(schema));
    case 'number':
      return fc.double({ ...boundsOf(schema), noNaN: true, noDefaultInfinity: true });
    case 'string':
      return stringOf(schema);
    case 'array':
      return fc.array(arbitraryOf(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 4, Math.max(schema.minItems ?? 0, 4)),
      });
    case 'object':
      return objectOf(schema);
  }
}

function boundsOf({ minimum, maximum, exclusiveMinimum }: JsonSchema): { min: number; max: number } {
  // A number of seconds, a count: none of ours means more above this.
  const most = 2_000_000_000;
  return {
    min: Math.max(minimum ?? exclusiveMinimum ?? -most, -most) + (exclusiveMinimum === undefined ? 0 : 1),
    max: Math.min(maximum ?? most, most),
  };
}

function stringOf({ format, pattern, minLength = 0, maxLength = 100 }: JsonSchema): Arbitrary<string> {
  if (format === 'date-time') {
    return fc
      .date({ min: new Date('1990-01-01'), max: new Date('2090-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString());
  }
  if (format === 'uuid') return fc.uuid();
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern), { maxLength: Math.min(maxLength, 300) });
  const text = fc.string({ minLength, maxLength: Math.min(maxLength, Math.max(minLength, 40)), unit: 'binary' });
  const usual = fc.constantFrom(
    'a',
    'did:web:a.example',
    'https://node.example/in',
    'container.gate-in',
    'e30=',
    'x'.repeat(12),
  );
  return fc.oneof(
    { weight: 2, arbitrary: usual.filter((one) => one.length >= minLength && one.length <= maxLength) },
    text,
  );
}

function objectOf({ properties = {}, required = [], additionalProperties }: JsonSchema): Arbitrary<unknown> {
  const members = Object.fromEntries(Object.entries(properties).map(([name, member]) => [name, arbitraryOf(member)]));
  const known = fc.record(members, { requiredKeys: required.filter((name) => name in members) });
  if (additionalProperties === false || additionalProperties === undefined) return known;
  const others = fc.dictionary(
    fc.string({ maxLength: 8 }),
    arbitraryOf(additionalProperties === true ? {} : additionalProperties),
    { maxKeys: 2 },
  );
  return fc.tuple(others, known).map(([more, own]) => ({ ...more, ...(own as object) }));
}
