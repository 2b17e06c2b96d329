import type { Request } from 'express';
import { createAddressList } from './address-list.ts';

/** The header in which a connector says for whom it lets a request through. */
const HEADER = 'x-bdi-client-id';

/**
 * Whom a connector in front of us has let in; undefined for a request that did not come from its addresses. What counts is the peer of the
 * connection, and nothing that a header says of it.
 */
export function createConnector(addresses: readonly string[]): (request: Request) => string | undefined {
  if (addresses.length === 0) return () => undefined;
  const isConnector = createAddressList(addresses);
  return (request) => {
    const client = request.headers[HEADER];
    return typeof client === 'string' && isConnector(request.socket.remoteAddress) ? client : undefined;
  };
}
