import type { JsonSchema } from '../../operator/description/read-description.ts';

/** The way to a field: names of members, and 0 for the first item of a list. */
export type FieldPath = readonly (string | number)[];

/** A field that takes text, and a document around it that has what its schema wants. */
export interface TextField {
  readonly path: FieldPath;
  /** `base` with a text in the field. */
  fill(base: unknown, text: string): unknown;
}

/** Every field of a body that takes text of one's own choice: also those in each of its alternatives. */
export function textFieldsOf(schema: JsonSchema): TextField[] {
  return [...fieldsIn(schema, [], (base) => base)];
}

type Prepare = (base: unknown) => unknown;

function* fieldsIn(schema: JsonSchema, path: FieldPath, prepare: Prepare): Generator<TextField> {
  const choices = schema.anyOf ?? schema.oneOf ?? [];
  for (const choice of choices) {
    yield* fieldsIn(choice, path, (base) => setAt(prepare(base), path, (there) => suited(choice, there)));
  }
  if (takesText(schema)) yield { path, fill: (base, text) => setAt(prepare(base), path, () => text) };
  for (const [name, member] of Object.entries(schema.properties ?? {}))
    yield* fieldsIn(member, [...path, name], prepare);
  if (schema.items !== undefined) yield* fieldsIn(schema.items, [...path, 0], prepare);
}

/** Fixed texts are no place for one of one's own; anything may be one, too. */
function takesText({ type, enum: values, const: value, anyOf, oneOf }: JsonSchema): boolean {
  if (values !== undefined || value !== undefined || anyOf !== undefined || oneOf !== undefined) return false;
  return type === 'string' || type === undefined;
}

/** What is there, with what an alternative of an object needs. */
function suited({ type, properties = {}, required = [] }: JsonSchema, there: unknown): unknown {
  if (type !== 'object') return there;
  const needed = required.map((name) => [name, sampleOf(properties[name] ?? {})]);
  const fixed = Object.entries(properties).filter(([, { const: value }]) => value !== undefined);
  const given = typeof there === 'object' && there !== null ? there : {};
  return {
    ...Object.fromEntries(needed),
    ...given,
    ...Object.fromEntries(fixed.map(([name, { const: value }]) => [name, value])),
  };
}

function sampleOf(schema: JsonSchema): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return schema.enum[0];
  if (schema.type === 'array') return [];
  if (schema.type === 'object') return suited(schema, {});
  return schema.type === 'integer' || schema.type === 'number' ? (schema.minimum ?? 1) : 'sample';
}

function setAt(base: unknown, [name, ...rest]: FieldPath, change: (there: unknown) => unknown): unknown {
  if (name === undefined) return change(base);
  if (typeof name === 'number') {
    const [first, ...others] = Array.isArray(base) ? (base as unknown[]) : [];
    return [setAt(first, rest, change), ...others];
  }
  const members =
    typeof base === 'object' && base !== null && !Array.isArray(base) ? (base as Record<string, unknown>) : {};
  return { ...members, [name]: setAt(members[name], rest, change) };
}

/** What is in a field of a document; undefined where there is no such field. */
export function valueAt(document: unknown, path: FieldPath): unknown {
  return path.reduce<unknown>(
    (value, name) => (typeof value === 'object' && value !== null ? (Reflect.get(value, name) as unknown) : undefined),
    document,
  );
}
