import { nameOf, type Outcome, type Row } from './rows.ts';
import type { Caller } from './world.ts';

/** What a role and whose something is come to. All that is known of a role is what the description says. */
export function expectedOf({ operation, names, ownership }: Row, caller: Caller): Outcome {
  const { 'x-roles': roles, method } = operation;
  if (roles === 'everyone') return ownership.users ?? 'done';
  if (caller === 'nobody' || caller.startsWith('expired')) return 401;
  if (caller === 'foreign page' && method !== 'GET') return 403;
  const kind = kindOf(caller);
  if (!roles.includes(kind)) return 403;
  if (kind !== 'node') return ownership.users ?? 'done';
  const outcome = ownership[caller as 'node' | 'other node'];
  if (outcome !== undefined) return outcome;
  if (names === '') return 'done';
  throw new Error(`${nameOf(operation)}: nodes may call it, and it is not said what one gets of ${names}`);
}

function kindOf(caller: Caller): string {
  if (caller === 'foreign page') return 'admin';
  return caller === 'other node' ? 'node' : caller;
}

/** The status of an outcome: of a success, the first that the description has. */
export function statusOf({ operation }: Row, outcome: Outcome): number {
  if (typeof outcome === 'number') return outcome;
  const status = Object.keys(operation.responses).find((one) => one.startsWith('2'));
  if (status === undefined) throw new Error(`${nameOf(operation)} has no success`);
  return Number(status);
}
