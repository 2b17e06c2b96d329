import type { Cursors } from '../cursor.ts';
import { concernsOf } from '../overview/attention.ts';
import { standingView } from '../overview/standing-view.ts';
import type { ManagementPorts } from '../ports.ts';
import { defineRoute, notFound, ok, VIEWERS, type Route } from '../route.ts';
import * as schema from '../schemas/overview.ts';
import type { NodeStanding } from '#persistence';

const base = { method: 'get', tag: 'overview', access: VIEWERS } as const;

type Ports = Pick<ManagementPorts, 'overview' | 'fleet' | 'stats' | 'policy' | 'changes'>;
type MakeRoute = (ports: Ports, cursors: Cursors) => Route;

const showSeries: MakeRoute = ({ overview }) =>
  defineRoute(
    {
      ...base,
      path: '/overview/series',
      summary: 'Shows what happened over time, to one node or to all.',
      description:
        'From counts that are written every few seconds beside the delivery path. A process that dies takes its last ones with it.',
      query: schema.seriesQuery,
      answers: { 200: { description: 'The points.', schema: schema.series } },
    },
    async ({ query }) => ok(await overview.series(query.node ?? null, query.period)),
  );

const listStandings: MakeRoute = (ports, cursors) =>
  defineRoute(
    {
      ...base,
      path: '/overview/nodes',
      summary: 'Lists how the nodes stand: health, backlog, next attempt, last error, the hours of the day.',
      query: schema.standingsQuery,
      answers: { 200: { description: 'The nodes.', schema: schema.standingList } },
    },
    async ({ query }) => {
      const page = await ports.overview.listNodes(cursors.request('standings', query));
      return ok(cursors.answer('standings', { ...page, items: await viewsOf(page.items, ports) }));
    },
  );

const showStanding: MakeRoute = (ports) =>
  defineRoute(
    {
      ...base,
      path: '/overview/nodes/{id}',
      summary: 'Shows how a node stands.',
      params: schema.nodePath,
      answers: { 200: { description: 'The node.', schema: schema.standing } },
    },
    async ({ params }) => {
      const standing = await ports.overview.findNode(params.id);
      if (standing === null) throw notFound('there is no such node');
      return ok((await viewsOf([standing], ports))[0]);
    },
  );

const showFrozen: MakeRoute = ({ overview, stats }) =>
  defineRoute(
    {
      ...base,
      path: '/overview/frozen',
      summary: 'Shows what is frozen, by node and reason.',
      answers: { 200: { description: 'The groups.', schema: schema.frozen } },
    },
    async () => {
      const [groups, { deliveries }] = await Promise.all([overview.frozen(), stats.read()]);
      return ok({ total: deliveries.frozen, groups });
    },
  );

const showAttention: MakeRoute = ({ overview, stats, fleet }) =>
  defineRoute(
    {
      ...base,
      path: '/overview/attention',
      summary: 'Lists what needs attention, worst first.',
      answers: { 200: { description: 'The concerns.', schema: schema.attention } },
    },
    async () => {
      const [troubled, figures, frozen, members] = await Promise.all([
        overview.troubled(),
        stats.read(),
        overview.frozen(),
        fleet.list(),
      ]);
      const facts = { troubled, backlogs: figures.nodes, frozen, fleet: members, now: new Date() };
      return ok({ items: concernsOf(facts) });
    },
  );

const showFleet: MakeRoute = ({ fleet }) =>
  defineRoute(
    {
      ...base,
      path: '/overview/fleet',
      summary: 'Shows the workers: version, slots busy, when last heard of.',
      answers: { 200: { description: 'The workers.', schema: schema.fleet } },
    },
    async () => ok({ workers: await fleet.list() }),
  );

const listenToChanges: MakeRoute = ({ changes }) =>
  defineRoute(
    {
      ...base,
      path: '/changes',
      summary: 'Tells as server-sent events that something changed.',
      description:
        'An event `changed` has `{"overview", "nodes", "frozen", "counts"}`: what is worth reading again, and what was counted in the last ' +
        'two minutes by kind. It comes every two seconds at most, and not at all while nothing happens. The stream ends after ten minutes; ' +
        'browsers open it again by themselves.',
      answers: { 200: { description: 'The stream.', mediaType: 'text/event-stream' } },
    },
    () => {
      const headers = { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' };
      return Promise.resolve({ status: 200, headers, send: (response) => changes.follow(response) });
    },
  );

/** `/overview` and `/changes`: what the console shows of how the system stands. */
export function overviewRoutes(ports: Ports, cursors: Cursors): Route[] {
  return [showSeries, listStandings, showStanding, showFrozen, showAttention, showFleet, listenToChanges].map((make) =>
    make(ports, cursors),
  );
}

async function viewsOf(standings: readonly NodeStanding[], { overview, stats, policy }: Ports) {
  const [figures, frozen, days] = await Promise.all([
    stats.read(),
    overview.frozen(),
    overview.days(standings.map(({ id }) => id)),
  ]);
  return standings.map((standing) =>
    standingView(standing, { backlogs: figures.nodes, frozen, days, defaults: policy }),
  );
}
