import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** What a test node does with one request. Nothing given: 200 with an empty body. */
export interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Buffer;
  /** Milliseconds before anything of the answer is sent. */
  readonly delay?: number;
  /** What goes wrong instead of, or with, the answer. */
  readonly fault?: Fault;
}

/**
 * - `hang`: no byte, ever
 * - `drip-headers`: a header that never ends, a byte at a time
 * - `drip-body`: status and headers, then a body that never ends, a byte at a time
 * - `endless-body`: as fast as it is taken
 * - `short-body`: the connection ends before the announced length
 * - `reset-before-headers`, `reset-after-headers`: RST
 * - `close`: the connection ends in order, without an answer; on a kept-alive connection this is the node that closes as we send
 * - `garbage`: bytes that are not HTTP
 * - `endless-continue`, `endless-informational`: 100 or 103 again and again, no final status
 * - `endless-headers`: a header line that never ends, as fast as it is taken
 */
export type Fault =
  | 'hang'
  | 'drip-headers'
  | 'drip-body'
  | 'endless-body'
  | 'short-body'
  | 'reset-before-headers'
  | 'reset-after-headers'
  | 'close'
  | 'garbage'
  | 'endless-continue'
  | 'endless-informational'
  | 'endless-headers';

const DRIP_INTERVAL = 20;
const CHUNK = Buffer.alloc(16 * 1024, 'x');

/** Answers a request as told. */
export function give(answer: Answer, response: ServerResponse, socket: Socket): void {
  const act = (): void => {
    if (socket.destroyed) return;
    if (answer.fault === undefined) respond(answer, response);
    else FAULTS[answer.fault](socket, answer);
  };
  if (answer.delay === undefined) act();
  else wait(socket, answer.delay, act);
}

function respond({ status = 200, headers = {}, body = '' }: Answer, response: ServerResponse): void {
  const values = Object.entries(headers).map(([name, value]) => [name, value as string | string[]] as const);
  response.writeHead(status, Object.fromEntries(values));
  response.end(body);
}

/** Faults write to the socket themselves: node:http would not let them. */
const FAULTS: Readonly<Record<Fault, (socket: Socket, answer: Answer) => void>> = {
  hang: () => {},
  'drip-headers': (socket, answer) => {
    socket.write(`${statusLine(answer)}x-drip: `);
    drip(socket);
  },
  'drip-body': (socket, answer) => {
    socket.write(`${statusLine(answer)}content-length: 1000000\r\n\r\n`);
    drip(socket);
  },
  'endless-body': (socket, answer) => {
    const headers = Object.entries(answer.headers ?? {}).map(([name, value]) => `${name}: ${String(value)}\r\n`);
    socket.write(`${statusLine(answer)}${headers.join('')}connection: close\r\n\r\n`);
    pour(socket, CHUNK);
  },
  'short-body': (socket, answer) => {
    socket.end(`${statusLine(answer)}content-length: 1000\r\n\r\nonly this`);
  },
  'reset-before-headers': (socket) => {
    socket.resetAndDestroy();
  },
  'reset-after-headers': (socket, answer) => {
    socket.write(`${statusLine(answer)}content-length: 1000\r\n\r\nsome`, () => socket.resetAndDestroy());
  },
  close: (socket) => {
    socket.end();
  },
  garbage: (socket) => {
    socket.end('\u0000\u0001SSH-2.0-not http at all\r\n\r\n');
  },
  'endless-continue': (socket) => pour(socket, Buffer.from('HTTP/1.1 100 Continue\r\n\r\n')),
  'endless-informational': (socket) => pour(socket, Buffer.from('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n')),
  'endless-headers': (socket, answer) => {
    socket.write(`${statusLine(answer)}x-endless: `);
    pour(socket, CHUNK);
  },
};

function statusLine({ status = 200 }: Answer): string {
  return `HTTP/1.1 ${status} Scripted\r\n`;
}

function drip(socket: Socket): void {
  stopWith(
    socket,
    setInterval(() => socket.write('x'), DRIP_INTERVAL),
  );
}

/** Writes the same again and again, as fast as the other side takes it. */
function pour(socket: Socket, bytes: Buffer): void {
  const write = (): void => {
    while (!socket.destroyed && socket.write(bytes));
  };
  socket.on('drain', write);
  write();
}

/** A connection is kept for many answers, and no listener of one stays on it. */
function wait(socket: Socket, ms: number, act: () => void): void {
  const giveUp = () => clearTimeout(timer);
  const timer = setTimeout(() => {
    socket.off('close', giveUp);
    act();
  }, ms);
  socket.once('close', giveUp);
}

function stopWith(socket: Socket, timer: NodeJS.Timeout): void {
  socket.once('close', () => clearTimeout(timer));
}
