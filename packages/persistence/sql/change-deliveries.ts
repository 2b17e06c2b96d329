import type { DeliveryState } from '#core';
import { matchingDeliveries, type DeliveryFilter } from './matching-deliveries.ts';
import { createParameters, type Parameters } from './parameters.ts';
import { recallLanes } from './recall-lanes.ts';

/** What is done to deliveries, and to those in which states. */
export interface DeliveryChange {
  readonly from: readonly DeliveryState[];
  readonly to: 'pending' | 'cancelled';
}

/** The log record that the statement which changes something writes. */
export interface ChangeLog {
  readonly actor: string;
  readonly action: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface ChunkRow {
  /** Deliveries looked at: fewer than the limit when these were the last. */
  readonly seen: number;
  /** The highest id looked at. */
  readonly last: string | null;
  readonly changed: number;
  /** The nodes whose deliveries changed. */
  readonly nodes: string[];
}

/**
 * Changes the next chunk of the deliveries that a filter matches. A chunk is measured by what was looked at, not by what changed: one
 * whose rows somebody else was faster to change must not be taken for the last.
 */
export function changeChunk(
  filter: DeliveryFilter,
  change: DeliveryChange,
  { after, limit }: { after: string | null; limit: number },
  log: ChangeLog,
) {
  const p = createParameters();
  const states = statesOf(filter, change);
  const candidates = matchingDeliveries(p, filter, { columns: 'd.id, d.node_id', states, order: 'ASC', after, limit });
  const text = `${changeCandidates(p, candidates, change, log)}
SELECT (SELECT count(*)::int FROM candidate) AS seen, (SELECT max(id)::text FROM candidate) AS last,
       (SELECT count(*)::int FROM changed) AS changed, ARRAY(SELECT DISTINCT node_id FROM changed) AS nodes`;
  return { text, values: p.values };
}

export interface NamedRow {
  readonly changed: number;
  readonly nodes: string[];
  /** Ids that no delivery has. */
  readonly missing: string[];
  /** Ids whose node is not registered any more. */
  readonly orphaned: string[];
}

/** Changes the deliveries with the given ids; when one of them does not exist, or has no node to be sent to again, none. */
export function changeNamed(ids: readonly string[], change: DeliveryChange, log: ChangeLog) {
  const p = createParameters();
  const named = `unnest(${p.add(ids)}::bigint[]) AS n(id)`;
  const candidates = `SELECT d.id, d.node_id FROM ${named} JOIN delivery d USING (id)`;
  const missing = `SELECT n.id::text FROM ${named} WHERE n.id NOT IN (SELECT id FROM locked)`;
  const orphaned = `SELECT id::text FROM locked WHERE matches AND NOT sendable`;
  const allThere = `NOT EXISTS (${missing}) AND NOT EXISTS (${orphaned})`;
  const text = `${changeCandidates(p, candidates, change, log, allThere)}
SELECT (SELECT count(*)::int FROM changed) AS changed, ARRAY(SELECT DISTINCT node_id FROM changed) AS nodes,
       ARRAY(${missing}) AS missing, ARRAY(${orphaned}) AS orphaned`;
  return { text, values: p.values };
}

/** How many of the deliveries that a filter matches would change. */
export function countChanging(filter: DeliveryFilter, change: DeliveryChange) {
  const p = createParameters();
  const options = {
    columns: 'd.node_id',
    states: statesOf(filter, change),
    order: 'ASC',
    after: null,
    limit: null,
  } as const;
  const candidates = matchingDeliveries(p, filter, options);
  return {
    text: `SELECT count(*)::int AS count FROM (${candidates}) AS c WHERE ${sendable(change)}`,
    values: p.values,
  };
}

/** How many of the deliveries with the given ids would change, and which of them can't. */
export function countNamed(ids: readonly string[], change: DeliveryChange) {
  const text = `
WITH named AS (
  SELECT n.id AS wanted, d.id, d.state = ANY($2::delivery_state[]) AS matches, ${sendable(change)} AS sendable
  FROM (SELECT DISTINCT id FROM unnest($1::bigint[]) AS u(id)) AS n LEFT JOIN delivery d USING (id)
)
SELECT (SELECT count(*)::int FROM named WHERE matches AND sendable) AS changed, '{}'::text[] AS nodes,
       ARRAY(SELECT wanted::text FROM named WHERE id IS NULL) AS missing,
       ARRAY(SELECT id::text FROM named WHERE matches AND NOT sendable) AS orphaned`;
  return { text, values: [ids, change.from] };
}

/** Those states of a filter that a change applies to. */
function statesOf(filter: DeliveryFilter, change: DeliveryChange): readonly DeliveryState[] {
  return change.from.filter((state) => filter.state === undefined || filter.state === state);
}

/** A delivery is revived only while its node is registered; any can be cancelled. */
function sendable(change: DeliveryChange): string {
  return change.to === 'pending' ? 'node_id IN (SELECT id FROM node)' : 'true';
}

/** Attempts go on to be numbered from where they were; what is counted against `retry.max` begins anew. */
const assignments: Record<DeliveryChange['to'], string> = {
  pending: `state = 'pending', due_at = now(), budget_start = d.attempts, delivered_at = NULL, frozen_at = NULL`,
  cancelled: `state = 'cancelled', due_at = NULL, cancelled_at = now(), frozen_at = NULL`,
};

/**
 * Locks deliveries in the order of their ids, so that two of these can't lock each other out, and changes those which are still in a
 * state to change from: of many callers side by side one changes each. Nodes are held as well while their deliveries are revived, so
 * that a node which is being deleted either finds them pending or is found gone. Lanes are recalled first of all while deliveries are
 * cancelled, since recordings, too, lock lanes before deliveries.
 */
function changeCandidates(
  p: Parameters,
  candidates: string,
  change: DeliveryChange,
  log: ChangeLog,
  condition = 'true',
) {
  const recalls = change.to === 'cancelled';
  return `
WITH candidate AS MATERIALIZED (${candidates}),
${recalls ? `recalled AS (${recallLanes('SELECT DISTINCT node_id FROM candidate')}),` : ''}
registered AS (
  SELECT id FROM node WHERE id IN (SELECT node_id FROM candidate) ORDER BY id FOR KEY SHARE
),
locked AS (
  SELECT d.id, d.state = ANY(${p.add(change.from)}::delivery_state[]) AS matches,
         ${change.to === 'pending' ? 'd.node_id IN (SELECT id FROM registered)' : 'true'} AS sendable
  FROM delivery d WHERE d.id IN (SELECT id FROM candidate)${recalls ? ' AND (SELECT count(*) FROM recalled) >= 0' : ''}
  ORDER BY d.id FOR UPDATE
),
changed AS (
  UPDATE delivery d SET ${assignments[change.to]}
  FROM locked l WHERE d.id = l.id AND l.matches AND l.sendable AND ${condition}
  RETURNING d.node_id, d.message_id
),
told AS (
  INSERT INTO log_record (actor, action, node_id, message_id, detail)
  SELECT ${p.add(log.actor)}, ${p.add(log.action)}, CASE WHEN count(DISTINCT node_id) = 1 THEN min(node_id) END,
         CASE WHEN count(DISTINCT message_id) = 1 THEN min(message_id::text)::uuid END,
         ${p.add(JSON.stringify(log.detail))}::jsonb || jsonb_build_object('count', count(*))
  FROM changed HAVING count(*) > 0
)`;
}
