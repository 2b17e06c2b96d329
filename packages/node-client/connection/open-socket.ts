import type { LookupAddress } from 'node:dns';
import { connect as connectTcp, isIP, type LookupFunction, type Socket, type TcpNetConnectOpts } from 'node:net';
import { connect as connectTls, type SecureContext } from 'node:tls';
import type { EgressGuard } from '../egress/egress-guard.ts';
import type { LookUp } from '../name-lookup/look-up.ts';
import { ConnectError, connectionFailure, lookUpFailure, tlsFailure } from './failure.ts';

/** How far the making of a connection has come. */
export type Stage = 'look-up' | 'connect' | 'tls' | 'open';

export interface SocketOptions {
  readonly guard: EgressGuard;
  readonly lookUp: LookUp;
  /** Certificates to trust instead of the well-known ones, PEM. */
  readonly ca?: string | undefined;
  /** Instead of `ca`: what one peer has of its own to trust and to be shown. */
  readonly secureContext?: SecureContext | undefined;
}

export interface Target {
  readonly isTls: boolean;
  /** A name or an address, an IPv6 address without brackets. */
  readonly hostname: string;
  readonly port: number;
}

/** Told of a connection in the making: `opened` or `failed`, once. */
export interface SocketObserver {
  reached(stage: Stage): void;
  opened(socket: Socket): void;
  failed(error: ConnectError): void;
}

/** Before the next address is tried beside the one that does not answer, in ms. Node's 250 would lose nodes on slow lines. */
const NEXT_ADDRESS_AFTER = 1_000;
const KEEP_ALIVE_AFTER = 60_000;

/**
 * Opens a connection that the guard allows. The literal host, each looked-up address and the address of the connected socket are
 * checked: a look-up is not made for literals, and what is checked here is what is connected to, so that an answer that changes
 * between two look-ups gains nothing. No session is resumed: each TLS connection is verified anew. Destroy the socket to give up.
 */
export function openSocket(target: Target, options: SocketOptions, observer: SocketObserver): Socket | null {
  const { hostname, port, isTls } = target;
  const isLiteral = isIP(hostname) !== 0;
  const refusal = isLiteral ? options.guard.refusal(hostname, hostname) : null;
  if (refusal !== null) {
    observer.failed(denied(refusal));
    return null;
  }
  const tcp: TcpNetConnectOpts = {
    host: hostname,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_AFTER,
    lookup: guardedLookup(options),
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: NEXT_ADDRESS_AFTER,
  };
  observer.reached(isLiteral ? 'connect' : 'look-up');
  const socket = isTls
    ? connectTls({
        ...tcp,
        servername: isLiteral ? '' : hostname,
        ALPNProtocols: ['http/1.1'],
        rejectUnauthorized: true,
        ...trustOf(options),
      })
    : connectTcp(tcp);
  observe(socket, target, options.guard, observer);
  return socket;
}

function observe(socket: Socket, target: Target, guard: EgressGuard, observer: SocketObserver): void {
  const { hostname, isTls } = target;
  let stage: Stage = 'connect';
  let isSettled = false;

  function fail(error: ConnectError): void {
    if (isSettled) return;
    isSettled = true;
    socket.destroy();
    observer.failed(error);
  }

  function open(): void {
    if (isSettled) return;
    isSettled = true;
    observer.reached('open');
    observer.opened(socket);
  }

  socket.once('lookup', (error: Error | null) => {
    if (error === null) observer.reached('connect');
  });
  socket.once('connect', () => {
    const refusal = guard.refusal(hostname, socket.remoteAddress ?? '');
    if (refusal !== null) return fail(denied(refusal));
    if (!isTls) return open();
    stage = 'tls';
    observer.reached(stage);
  });
  socket.once('secureConnect', open);
  socket.on('error', (error) => {
    const cause = lastOf(error);
    if (cause instanceof ConnectError) return fail(cause);
    const peer = peerOf(cause) ?? endpointOf(target);
    fail(new ConnectError(stage === 'tls' ? tlsFailure(peer, cause) : connectionFailure(peer, cause)));
  });
}

function trustOf({ ca, secureContext }: SocketOptions) {
  if (secureContext !== undefined) return { secureContext };
  return ca === undefined ? {} : { ca };
}

/** A look-up for `net.connect` that answers only addresses which may be reached. */
function guardedLookup({ guard, lookUp }: SocketOptions): LookupFunction {
  return (hostname, { all }, callback) => {
    permitted(hostname, lookUp, guard).then(
      (addresses) => {
        const [first] = addresses;
        if (all === true || first === undefined) callback(null, addresses);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => {
        callback(error instanceof ConnectError ? error : new ConnectError(lookUpFailure(hostname, error)), []);
      },
    );
  };
}

async function permitted(hostname: string, lookUp: LookUp, guard: EgressGuard): Promise<LookupAddress[]> {
  const addresses = await lookUp(hostname);
  const judged = addresses.map((address) => ({ address, refusal: guard.refusal(hostname, address) }));
  const open = judged.filter(({ refusal }) => refusal === null);
  if (open.length > 0) return open.map(({ address }) => ({ address, family: isIP(address) }));
  const refusal = judged[0]?.refusal;
  throw new ConnectError(
    typeof refusal === 'string'
      ? { outcome: 'egress-denied', error: `${hostname}: ${refusal}` }
      : lookUpFailure(hostname, Object.assign(new Error('no address'), { code: 'ENODATA' })),
  );
}

function denied(refusal: string): ConnectError {
  return new ConnectError({ outcome: 'egress-denied', error: refusal });
}

/** With several addresses Node reports one error for each (`AggregateError`); the last one stands for them. */
function lastOf(error: Error): unknown {
  return 'errors' in error && Array.isArray(error.errors) ? (error.errors.at(-1) ?? error) : error;
}

function peerOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('address' in error) || !('port' in error)) return null;
  return endpointOf({ hostname: String(error.address), port: Number(error.port) });
}

/** `127.0.0.1:8080`, `[::1]:8080`. */
export function endpointOf({ hostname, port }: Pick<Target, 'hostname' | 'port'>): string {
  return hostname.includes(':') ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}

/** Where an origin (`https://node.example:8443`) is. */
export function targetOf(origin: string): Target {
  const url = new URL(origin);
  const isTls = url.protocol === 'https:';
  const hostname = url.hostname.replace(/^\[|\]$/g, '');
  return { isTls, hostname, port: url.port === '' ? (isTls ? 443 : 80) : Number(url.port) };
}
