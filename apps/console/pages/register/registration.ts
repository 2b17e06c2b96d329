import type { Node } from '#client';
import { call, CallError } from '../../api/call.ts';
import { documentOf, fieldsOf, ID, textAt, type Draft } from '../nodes/node-fields.ts';

/** A form with nothing in it. */
export const EMPTY: Draft = { protocol: 'webhook', ordering: 'none', 'auth.type': 'none' };

/** What is made along with a node, each shown once. */
export interface Extras {
  readonly secret: boolean;
  readonly key: boolean;
}

export interface Registered {
  readonly node: Node;
  readonly secret: string | null;
  readonly key: string | null;
  /** Why the node, which is there, has no key. */
  readonly keyError: Error | null;
}

/** As the API takes it; empty fields get its defaults. */
export function nodeOf(draft: Draft): Record<string, unknown> {
  const choices = ['protocol', 'ordering', 'auth.type'].map((path) => ({ path, label: '' }));
  return documentOf([...choices, ...fieldsOf(draft).filter((field) => field !== ID)], draft);
}

/**
 * Registers a node that is not there yet.
 * @throws CallError for what the API refuses, and for an id that is another's: registering must replace nobody.
 */
export async function register(draft: Draft, extras: Extras): Promise<Registered> {
  const id = textAt(draft, 'id');
  const path = `/nodes/${encodeURIComponent(id)}`;
  await refuseTaken(path);
  const secret = extras.secret ? makeSecret() : null;
  const node = await call<Node>('PUT', path, { ...nodeOf(draft), ...(secret !== null && { secret }) });
  if (!extras.key) return { node, secret, key: null, keyError: null };
  try {
    const { key } = await call<{ readonly key: string }>('POST', `${path}/keys`, { name: 'first' });
    return { node, secret, key, keyError: null };
  } catch (error) {
    return { node, secret, key: null, keyError: error instanceof Error ? error : new Error(String(error)) };
  }
}

async function refuseTaken(path: string): Promise<void> {
  try {
    await call('GET', path);
  } catch (error) {
    if (error instanceof CallError && error.status === 404) return;
    throw error;
  }
  throw new CallError(409, 'Nothing was changed.', [{ path: 'id', message: 'there is a node of this id already' }]);
}

const SECRET_BYTES = 32;

/** A Standard Webhooks secret. Made here, it comes with the node: no delivery leaves unsigned. */
function makeSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  return `whsec_${btoa(String.fromCodePoint(...bytes))}`;
}
