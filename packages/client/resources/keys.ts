import type { Api, CallOptions } from '../http/api.ts';
import { createList, segment, type Page, type PageQuery } from './paging.ts';

/** A node's key for sending, as it is shown. */
export interface Key {
  readonly id: string;
  readonly name: string;
  /** How the key begins. */
  readonly prefix: string;
  readonly lastUsedAt: string | null;
  /** There for a key that ends by itself. */
  readonly expiresAt?: string;
}

export interface NewKey {
  readonly id: string;
  readonly name: string;
  /** Goes into `apiKey` of a client's credentials. Can't be had again. */
  readonly key: string;
  /** There for a key that ends by itself. */
  readonly expiresAt?: string;
}

/** The keys of nodes: `node` is a node's id. */
export interface Keys {
  list(node: string, query?: PageQuery, options?: CallOptions): Promise<Page<Key>>;
  all(node: string, options?: CallOptions): AsyncGenerator<Key, void, undefined>;
  /** @param name What the key is for. */
  create(node: string, name: string, options?: CallOptions): Promise<NewKey>;
  /** @param key The key's id. */
  delete(node: string, key: string, options?: CallOptions): Promise<void>;
}

export function createKeys(api: Api): Keys {
  const pathOf = (node: string) => `/api/v1/nodes/${segment(node)}/keys`;
  const keysOf = (node: string) => createList<Key, object>(api, pathOf(node));

  return {
    list: (node, query, options) => keysOf(node).list(query, options),
    all: (node, options) => keysOf(node).all({}, options),
    create: (node, name, options) => api.call({ method: 'POST', path: pathOf(node), body: { name }, ...options }),
    delete: (node, key, options) => api.call({ method: 'DELETE', path: `${pathOf(node)}/${segment(key)}`, ...options }),
  };
}
