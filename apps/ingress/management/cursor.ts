import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Page, PageRequest, Position } from '#persistence';
import { invalidRequest } from './route.ts';

/** Turns places in lists into what clients hand back to go on, and reads that again. */
export interface Cursors {
  /** The page that a query asks for. Throws a 400 for a cursor that this list did not give. */
  request(list: string, query: { readonly limit: number; readonly cursor?: string | undefined }): PageRequest;
  answer<Item>(list: string, page: Page<Item>): { items: readonly Item[]; next: string | null };
}

/** Bytes of signature. */
const SIGNATURE = 16;

/** Cursors are signed, so that what stands in them needs no other check, and bound to their list. */
export function createCursors(key: Buffer): Cursors {
  const sign = (list: string, position: string) =>
    createHmac('sha256', key)
      .update(JSON.stringify([list, position]))
      .digest()
      .subarray(0, SIGNATURE);

  function read(list: string, cursor: string): Position {
    const bytes = Buffer.from(cursor, 'base64url');
    const position = bytes.subarray(SIGNATURE).toString();
    const isOurs = bytes.length > SIGNATURE && timingSafeEqual(bytes.subarray(0, SIGNATURE), sign(list, position));
    // The decoder passes over what is not base64url: only what reads back the same was given out.
    if (!isOurs || bytes.toString('base64url') !== cursor) {
      throw invalidRequest([{ path: 'cursor', message: 'expected the `next` of an earlier page of this list' }]);
    }
    return JSON.parse(position) as Position;
  }

  function write(list: string, next: Position): string {
    const position = JSON.stringify(next);
    return Buffer.concat([sign(list, position), Buffer.from(position)]).toString('base64url');
  }

  return {
    request: (list, { limit, cursor }) => ({ limit, after: cursor === undefined ? null : read(list, cursor) }),
    answer: (list, { items, next }) => ({ items, next: next && write(list, next) }),
  };
}
