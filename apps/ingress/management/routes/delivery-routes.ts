import type { ChangeOutcome, Selection } from '#persistence';
import type { z } from 'zod';
import { Problem } from '../../http/problem.ts';
import type { Cursors } from '../cursor.ts';
import type { ManagementPorts } from '../ports.ts';
import { defineRoute, ok, OPERATORS, VIEWERS, type Answer, type Route } from '../route.ts';
import * as schema from '../schemas/delivery.ts';
import { between } from '../schemas/fields.ts';

const tag = 'deliveries';
const changed = { 200: { description: 'How many there were.', schema: schema.changed } };
const ALL_OR_NOTHING = 'With `ids` it is all or nothing: one that is unknown, or was purged, is a 404 that names it.';

type Ports = Pick<ManagementPorts, 'deliveries' | 'wake'>;
type MakeRoute = (ports: Ports, cursors: Cursors) => Route;

const listDeliveries: MakeRoute = ({ deliveries }, cursors) =>
  defineRoute(
    {
      method: 'get',
      path: '/deliveries',
      tag,
      summary: 'Lists deliveries.',
      access: VIEWERS,
      query: schema.deliveryQuery,
      answers: { 200: { description: 'The deliveries.', schema: schema.deliveryList } },
    },
    async ({ query }) => {
      const { state, node, message, error } = query;
      const filter = { state, node, message, error, ...between(query) };
      return ok(cursors.answer(tag, await deliveries.list(filter, cursors.request(tag, query))));
    },
  );

const replayDeliveries: MakeRoute = ({ deliveries, wake }) =>
  defineRoute(
    {
      method: 'post',
      path: '/deliveries/replay',
      tag,
      summary: 'Sends frozen deliveries, or delivered ones if asked to, again.',
      description: `They are due at once with a fresh budget of attempts, whose numbers go on. ${ALL_OR_NOTHING} One whose node was deleted is a 409; a filter passes such over.`,
      access: OPERATORS,
      body: schema.replay,
      answers: changed,
    },
    async ({ body, actor }) => {
      const { dryRun, includeDelivered } = body;
      const options = { actor: actor(), dryRun, includeDelivered };
      return answerTo(await deliveries.replay(selectionOf(body), options), wake);
    },
  );

const cancelDeliveries: MakeRoute = ({ deliveries, wake }) =>
  defineRoute(
    {
      method: 'post',
      path: '/deliveries/cancel',
      tag,
      summary: 'Cancels pending and frozen deliveries.',
      description: `An attempt that is under way ends, and is recorded. ${ALL_OR_NOTHING}`,
      access: OPERATORS,
      body: schema.cancel,
      answers: changed,
    },
    async ({ body, actor }) => {
      const outcome = await deliveries.cancel(selectionOf(body), { actor: actor(), dryRun: body.dryRun });
      return answerTo(outcome, wake);
    },
  );

/** Lanes have work when deliveries are due again, or no longer hold back those behind them. */
function answerTo(outcome: ChangeOutcome, wake: Ports['wake']): Answer {
  const count = countOf(outcome);
  if ('nodes' in outcome && outcome.nodes.length > 0) wake(outcome.nodes);
  return ok({ count });
}

/** `/deliveries`: one message on its way to one node each. */
export function deliveryRoutes(ports: Ports, cursors: Cursors): Route[] {
  return [listDeliveries, replayDeliveries, cancelDeliveries].map((make) => make(ports, cursors));
}

function selectionOf({ ids, filter }: z.output<typeof schema.cancel>): Selection {
  if (ids !== undefined) return { ids };
  const { state, node, message, error, ...times } = filter ?? {};
  return { filter: { state, node, message, error, ...between(times) } };
}

function countOf(outcome: ChangeOutcome): number {
  if ('count' in outcome) return outcome.count;
  if ('missing' in outcome) {
    const errors = outcome.missing.map((id) => ({ path: 'ids', message: `there is no delivery ${id} (any more)` }));
    throw new Problem(404, 'unknown-delivery', 'nothing was changed: some of the ids are unknown, or were purged', {
      errors,
    });
  }
  const errors = outcome.orphaned.map((id) => ({ path: 'ids', message: `the node of delivery ${id} was deleted` }));
  throw new Problem(409, 'node-deleted', 'nothing was changed: some of the deliveries have no node to go to', {
    errors,
  });
}
