import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { FleetProcess } from '../../system/index.ts';
import type { Starting } from '../../faults/scene.ts';

/** What breaks a process from inside, as a module that Node loads into it before its own. */
type Shim = 'clock' | 'fail-point' | 'names' | 'poison';

export type Edge =
  `${'before' | 'after'} ${'take-lanes' | 'read-due' | 'record-results' | 'release-lanes' | 'store-messages' | 'COMMIT'}`;

export interface FailPoint {
  /** The edge between two effects at which it happens, once; or as soon as it is armed, wherever it is. */
  readonly at: Edge | 'signal';
  readonly act: 'kill' | 'stop' | 'block';
  /** How long the event loop is blocked, ms. */
  readonly blockFor?: number;
  /** From the start, and not only once it is told to. */
  readonly isArmed?: boolean;
}

/** A process to which something happens at an edge; its log then has `fault.reached`. */
export function withFailPoint({ at, act, blockFor = 0, isArmed = false }: FailPoint): Starting {
  const env = { FAULT_AT: at, FAULT_ACT: act, FAULT_BLOCK: String(blockFor), FAULT_ARMED: isArmed ? 'yes' : 'no' };
  return { env: { ...loading('fail-point'), ...env } };
}

/** From now on it happens at the fail point. */
export async function arm(broken: FleetProcess): Promise<void> {
  broken.kill('SIGUSR2');
  await broken.logged('fault.armed');
}

/** A process whose clock is wrong by so many seconds, and jumps by `jump` more when it gets SIGUSR2. */
export function withClock(offset: number, jump = 0): Starting {
  return { env: { ...loading('clock'), CLOCK_OFFSET: String(offset), CLOCK_JUMP: String(jump) } };
}

/** A process that dies whenever it attempts a message of this type. */
export function withPoison(type: string): Starting {
  return { env: { ...loading('poison'), POISON: type } };
}

/** A process that asks this name server, `HOST:PORT`. */
export function withNameServer(server: string): Starting {
  return { env: { ...loading('names'), NAME_SERVER: server } };
}

function loading(shim: Shim): Record<string, string> {
  const built = join(import.meta.dirname, '../../../dist/tests/faults-c/proc/shims', `${shim}.js`);
  return { NODE_OPTIONS: `--import=${pathToFileURL(built).href}` };
}
