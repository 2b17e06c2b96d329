import { BatcherFull, type AcceptedMessage, type Acceptance, type NameProblem, type Report, type Sender } from '#core';
import type { Principal } from '../auth/principal.ts';
import { Problem, type ProblemEntry } from '../http/problem.ts';
import type { Requested } from './calls.ts';

/** For whom a principal sends: a node for itself, an operator or administrator for the node that the call names. */
export function senderOf(principal: Principal): Sender {
  if (principal.kind === 'node') return principal;
  if (principal.role === 'viewer') throw new Problem(403, 'forbidden', 'the role viewer may not send messages');
  return { kind: 'user' };
}

/**
 * Waits for messages to be committed.
 * @throws Problem 503 when they may or may not be: the sender finds out by sending them again with the same ids.
 */
export async function committed(acceptance: Promise<Acceptance>, report: Report): Promise<Acceptance> {
  try {
    return await acceptance;
  } catch (error) {
    if (error instanceof BatcherFull) throw new Problem(503, 'overloaded', error.message, { retryAfter: 1 });
    report.error('intake.failed', { error });
    const detail = 'it is not known whether the message was stored: send it again, with the same id to get it once';
    throw new Problem(503, 'unavailable', detail, { retryAfter: 2 });
  }
}

/** The messages that were accepted; every other end is a problem. */
export function acceptedOf(acceptance: Acceptance, requested: Requested): readonly AcceptedMessage[] {
  switch (acceptance.kind) {
    case 'accepted':
      return acceptance.messages;
    case 'too-many':
      throw tooMany(acceptance.deliveries, acceptance.most);
    case 'conflict':
      throw conflict(acceptance.calls, requested);
    case 'unroutable':
      throw unroutable(acceptance.problems, requested);
  }
}

/** As its sender is told of it. */
export function answerOf({ id, deliveries, unrouted }: AcceptedMessage): Record<string, unknown> {
  return unrouted ? { id, deliveries, unrouted } : { id, deliveries };
}

function tooMany(deliveries: number, most: number): Problem {
  const detail = `expected at most ${most} deliveries of one batch, got ${deliveries}: send it in parts; nothing is stored`;
  return new Problem(413, 'batch-too-large', detail);
}

function conflict(calls: readonly number[], { pathOf }: Requested): Problem {
  const errors = calls.map((call) => ({
    path: pathOf(call),
    message: 'expected the same payload, type, content type and destinations as the first time this id was used',
  }));
  return new Problem(409, 'id-conflict', 'this id was used for another message; nothing is stored', { errors });
}

/** A node that sends for another is not allowed to (403), a user who doesn't say for whom made a mistake (400); else a name is unknown (422). */
function unroutable(problems: readonly NameProblem[], requested: Requested): Problem {
  const errors = problems.map((problem) => entryOf(problem, requested));
  const reasons = new Set(problems.map(({ reason }) => reason));
  if (reasons.has('foreign')) return new Problem(403, 'forbidden', 'a node sends for itself only', { errors });
  if (reasons.has('missing')) {
    return new Problem(400, 'invalid-request', "with a user's token, origin names the node it is sent for", { errors });
  }
  return new Problem(422, 'unknown-node', 'no node is registered by these names; nothing is stored', { errors });
}

function entryOf({ call, field, name, reason }: NameProblem, { pathOf }: Requested): ProblemEntry {
  const at = pathOf(call);
  return { path: at === '' ? field : `${at}.${field}`, message: messageOf(name, reason) };
}

function messageOf(name: string | null, reason: NameProblem['reason']): string {
  const quoted = JSON.stringify(name);
  if (reason === 'unknown') return `no node has the id or DID ${quoted}`;
  return reason === 'foreign' ? `the key is not that of ${quoted}` : "expected a node's id or DID, got nothing";
}
