import type { Api, CallOptions } from '../http/api.ts';

/** Part of a list, newest first. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** What goes into `cursor` for the next page; null on the last. */
  readonly next: string | null;
}

export interface PageQuery {
  /** Most items in a page: 50 unless given, at most 500. */
  readonly limit?: number;
  readonly cursor?: string;
}

/** A list that is read a page at a time, or through to its end. */
export interface List<Item, Filter = unknown> {
  list(query?: Filter & PageQuery, options?: CallOptions): Promise<Page<Item>>;
  /** Every item, newest first; the next page is asked for when its first item is. `limit` is the size of a page. */
  all(query?: Filter & Pick<PageQuery, 'limit'>, options?: CallOptions): AsyncGenerator<Item, void, undefined>;
}

export function createList<Item, Filter extends object>(api: Api, path: string): List<Item, Filter> {
  const list: List<Item, Filter>['list'] = (query, options) =>
    api.call<Page<Item>>({ method: 'GET', path, query: { ...query }, ...options });

  return {
    list,
    async *all(query, options) {
      let cursor: string | null = null;
      do {
        const page: Page<Item> = await list(
          { ...query, ...(cursor !== null && { cursor }) } as Filter & PageQuery,
          options,
        );
        yield* page.items;
        cursor = page.next;
      } while (cursor !== null);
    },
  };
}

/**
 * A segment of a path: ids may hold characters that mean something in a URL.
 * @throws TypeError for one that would make the path another resource's.
 */
export function segment(text: string): string {
  if (['', '.', '..'].includes(text)) throw new TypeError(`expected an id, got ${JSON.stringify(text)}`);
  return encodeURIComponent(text);
}
