import type { Writable } from 'node:stream';
import winston from 'winston';
import { plainFacts } from './plain-facts.ts';

type Facts = Readonly<Record<string, unknown>>;
export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

/** Tells of facts, one line each. Core's `Report` in shape, so that flows take it as it is. Telling never fails and never waits. */
export interface Logger {
  debug(event: string, facts?: Facts): void;
  info(event: string, facts?: Facts): void;
  warn(event: string, facts?: Facts): void;
  error(event: string, facts?: Facts): void;
  /** Resolves when all lines have left the process, or can't within a second. What is told afterwards is lost. */
  close(): Promise<void>;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  /** `pretty` on a terminal and `json` elsewhere, unless given. */
  readonly format?: 'json' | 'pretty' | undefined;
  readonly stream: Writable & { readonly isTTY?: boolean };
  /** On every line. */
  readonly facts?: Facts;
  readonly now?: () => Date;
}

interface Entry {
  readonly at: Date;
  readonly level: string;
  readonly event: string;
  readonly facts: Facts;
}

const LEVELS = { error: 0, warn: 1, info: 2, debug: 3 };
/** Bytes: when a stalled reader has let this much pile up, lines are dropped and counted instead of filling the memory. */
const MOST_UNWRITTEN = 16 * 1_048_576;
const LONGEST_CLOSE = 1_000;

export function createLogger({
  level,
  format,
  stream,
  facts: always = {},
  now = () => new Date(),
}: LoggerOptions): Logger {
  const render = (format ?? (stream.isTTY ? 'pretty' : 'json')) === 'pretty' ? renderPretty : renderJson;
  // The line comes rendered: `printf` hands it to the transport as it is.
  const transport = new winston.transports.Stream({ stream, eol: '\n' });
  const logger = winston.createLogger({
    level,
    levels: LEVELS,
    format: winston.format.printf(({ message }) => String(message)),
    transports: [transport],
  });
  // A broken pipe, a full disk: there is nowhere to tell of it, and the work goes on. Later lines are tried again.
  const goOn = () => {};
  stream.on('error', goOn);
  let dropped = 0;
  let closed = false;

  function tell(at: LogLevel, event: string, facts: Facts = {}): void {
    if (closed || !logger.isLevelEnabled(at)) return;
    if (stream.writableLength > MOST_UNWRITTEN) {
      dropped += 1;
      return;
    }
    if (dropped > 0) write('warn', 'log.dropped', { lines: dropped });
    dropped = 0;
    write(at, event, facts);
  }

  function write(at: LogLevel, event: string, facts: Facts): void {
    const line = render({ at: now(), level: at, event, facts: plainFacts({ ...always, ...facts }) });
    logger.log({ level: at, message: escapeBreaks(line) });
  }

  async function close(): Promise<void> {
    if (closed) return;
    closed = true;
    const written = new Promise<void>((resolve) => {
      transport.once('finish', () => stream.write('', () => resolve()));
      logger.end();
    });
    await Promise.race([written, new Promise((resolve) => setTimeout(resolve, LONGEST_CLOSE).unref())]);
  }

  return {
    debug: (event, facts) => tell('debug', event, facts),
    info: (event, facts) => tell('info', event, facts),
    warn: (event, facts) => tell('warn', event, facts),
    error: (event, facts) => tell('error', event, facts),
    close,
  };
}

function renderJson({ at, level, event, facts }: Entry): string {
  const own = JSON.stringify({ at: at.toISOString(), level, event });
  const others = JSON.stringify(withoutClash(facts));
  return others === '{}' ? own : `${own.slice(0, -1)},${others.slice(1)}`;
}

const OWN_NAMES = ['at', 'level', 'event'];

/** A fact named like what every line has keeps its value under another name. */
function withoutClash(facts: Facts): Facts {
  if (!OWN_NAMES.some((name) => Object.hasOwn(facts, name))) return facts;
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [OWN_NAMES.includes(name) ? `${name}_` : name, value]),
  );
}

const COLOUR: Record<string, number> = { error: 31, warn: 33, info: 32, debug: 90 };

/** `12:00:00.000 info  event name="value"`, for the eye: without stacks. */
function renderPretty({ at, level, event, facts }: Entry): string {
  const withoutStack = (name: string, value: unknown) => (name === 'stack' ? undefined : value);
  const shown = Object.entries(facts).map(
    ([name, value]) => `${JSON.stringify(name).slice(1, -1)}=${JSON.stringify(value, withoutStack)}`,
  );
  const time = at.toISOString().slice(11, 23);
  return [time, `\u001b[${COLOUR[level]}m${level.padEnd(5)}\u001b[0m`, event, ...shown].join(' ');
}

/** Line breaks and controls that JSON lets through and terminals or log readers act on. */
function escapeBreaks(line: string): string {
  return line.replace(/[\u007f-\u009f\u2028\u2029]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}
