import { Writable } from 'node:stream';
import { createLogger } from '#runtime';
import type { Reported } from '#testkit';

/** What must not be told, of all that a test file has used: its systems share the file's. */
const used = new Set<string>();

/** Members of requests and answers whose values let someone in. */
const SECRET_NAME =
  /^(?:key|value|token|.*secret|.*password|.*_token|privateKey|client_assertion|authorization|x-api-key)$/i;
/** Characters: shorter values may stand in a log for another reason. */
const SHORTEST = 12;
/** Looking for more would take longer than the tests that have made them. */
const MOST = 500;

/** Keeps the secrets in a request or an answer in mind: `mustStaySecret` looks for them. */
export function keepInMind(document: unknown): void {
  if (typeof document !== 'object' || document === null) return;
  for (const [name, value] of Object.entries(document)) {
    if (typeof value === 'object') keepInMind(value);
    else if (typeof value === 'string' && SECRET_NAME.test(name)) add(value);
  }
}

function add(value: string): void {
  const secret = value.replace(/^Bearer /, '');
  if (secret.length >= SHORTEST && used.size < MOST) used.add(secret);
}

/** Throws when a line of a log, as it leaves the process, holds one of the secrets. */
export function mustStaySecret(lines: readonly string[]): void {
  const told = lines.join('\n');
  const secret = [...used].find((one) => told.includes(one));
  if (secret === undefined) return;
  const line = told.split('\n').find((one) => one.includes(secret));
  throw new Error(`a secret was told in the log: ${line}`);
}

/** The log of what was reported, line by line, as it would leave the process. */
export async function linesOf(reported: readonly Reported[]): Promise<readonly string[]> {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const logger = createLogger({ level: 'debug', format: 'json', stream });
  for (const { level, event, facts } of reported) logger[level](event, facts);
  await logger.close();
  return lines;
}
