// Loaded into a process of the fleet before anything else (--import): something happens to the process at a named edge between two
// effects, or at a signal. The edges are the database's: before a statement is sent, after it was answered. The product knows nothing of it.
import pg from 'pg';

type Act = 'kill' | 'stop' | 'block';

const { FAULT_AT: at = '', FAULT_ACT: act = 'kill', FAULT_BLOCK: blockFor = '0', FAULT_ARMED: armed } = process.env;
const [edge, ...words] = at.split(' ');
const statement = words.join(' ');
let isArmed = armed === 'yes';

// Where load has to be there first, the test says when.
process.on('SIGUSR2', () => {
  isArmed = true;
  tell('fault.armed');
  if (at === 'signal') reach();
});

function reach(): void {
  if (!isArmed) return;
  isArmed = false;
  tell('fault.reached');
  acts[act as Act]();
}

/** Like a line of the log. Written at once: the standard output is a pipe. */
function tell(event: string): void {
  process.stdout.write(`${JSON.stringify({ event, at, act })}\n`);
}

const acts: Readonly<Record<Act, () => void>> = {
  kill: () => void process.kill(process.pid, 'SIGKILL'),
  stop: () => void process.kill(process.pid, 'SIGSTOP'),
  block: () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, Number(blockFor)),
};

/** The name of a prepared statement, else its text. */
function nameOf(query: unknown): string {
  if (typeof query === 'string') return query;
  const { name, text } = query as { name?: string; text?: string };
  return name ?? text ?? '';
}

type Query = (...parameters: unknown[]) => unknown;
const clients = pg.Client.prototype as unknown as { query: Query };
const original = clients.query;

clients.query = function query(this: unknown, ...parameters: unknown[]): unknown {
  if (nameOf(parameters[0]) !== statement) return original.apply(this, parameters);
  if (edge === 'before') reach();
  if (edge !== 'after') return original.apply(this, parameters);
  const last = parameters.at(-1);
  if (typeof last !== 'function') {
    return (original.apply(this, parameters) as Promise<unknown>).finally(reach);
  }
  const answered = (...answer: unknown[]) => {
    reach();
    return (last as Query)(...answer);
  };
  return original.apply(this, [...parameters.slice(0, -1), answered]);
};
