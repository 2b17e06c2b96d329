import type { Node, NodePatch } from '#client';
import {
  ADDRESS,
  AUTH_FIELDS,
  DID,
  documentOf,
  NAME,
  nest,
  POLICY_FIELDS,
  SUBSCRIPTIONS,
  textAt,
  TLS_FIELDS,
  valueOf,
  type Draft,
  type NodeField,
} from './node-fields.ts';

/** Fields that are sent one by one. */
const SINGLE: readonly NodeField[] = [
  NAME,
  DID,
  ADDRESS,
  { path: 'protocol', label: 'Protocol' },
  { path: 'ordering', label: 'Order' },
  SUBSCRIPTIONS,
  ...POLICY_FIELDS,
];

/** A node's settings as they stand in the form. What is never shown, such as a password, is empty. */
export function draftOf(node: Node): Draft {
  const paths = [...SINGLE, ...Object.values(AUTH_FIELDS).flat(), ...TLS_FIELDS].map(({ path }) => path);
  return Object.fromEntries([...new Set(paths), 'auth.type'].map((path) => [path, textOf(valueIn(node, path))]));
}

/** What was changed, and nothing else; an override that was emptied goes. */
export function patchOf(node: Node, draft: Draft): NodePatch {
  const before = draftOf(node);
  const differs = ({ path }: NodeField) => textAt(draft, path) !== textAt(before, path);
  const changed = SINGLE.filter(differs).map((field) => [field.path, valueOf(field, draft)] as const);
  // These are whole or not at all: a password must not go to an address that it was not given for.
  const authFields = AUTH_FIELDS[textAt(draft, 'auth.type')] ?? [];
  const type = { path: 'auth.type', label: '' };
  return {
    ...nest(changed),
    ...([type, ...authFields].some(differs) && documentOf([type, ...authFields], draft)),
    ...(TLS_FIELDS.some(differs) && { tls: null, ...documentOf(TLS_FIELDS, draft) }),
  };
}

function valueIn(node: Node, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, name) => (isObject(value) ? Reflect.get(value, name) : undefined), node);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.join('\n');
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
