import type { Cursors } from '../cursor.ts';
import type { ManagementPorts } from '../ports.ts';
import { defineRoute, ok, OPERATORS, VIEWERS, type Route } from '../route.ts';
import { between } from '../schemas/fields.ts';
import * as schema from '../schemas/system.ts';

const tag = 'system';

type Ports = Pick<ManagementPorts, 'stats' | 'workers' | 'purge' | 'log'>;
type MakeRoute = (ports: Ports, cursors: Cursors) => Route;

const showStats: MakeRoute = ({ stats, workers }) =>
  defineRoute(
    {
      method: 'get',
      path: '/stats',
      tag,
      summary: 'Shows how the system stands.',
      description: 'The figures are as old as ten times what they took to find, which for a small system is nothing.',
      access: VIEWERS,
      answers: { 200: { description: 'The figures.', schema: schema.stats } },
    },
    async () => {
      const [figures, fleet] = await Promise.all([stats.read(), workers()]);
      return ok({ ...figures, workers: fleet });
    },
  );

const runPurge: MakeRoute = ({ purge }) =>
  defineRoute(
    {
      method: 'post',
      path: '/purge',
      tag,
      summary: 'Removes now what is older than its kind is kept.',
      access: OPERATORS,
      body: schema.purge,
      bodyMay: ['none-is-empty'],
      answers: { 200: { description: 'What went, or would go.', schema: schema.purged } },
    },
    async ({ body, actor }) => ok(body.dryRun ? await purge.count() : await purge.run(actor())),
  );

const listLog: MakeRoute = ({ log }, cursors) =>
  defineRoute(
    {
      method: 'get',
      path: '/log',
      tag,
      summary: 'Lists who or what did what to which message or node, and when.',
      access: VIEWERS,
      query: schema.logQuery,
      answers: { 200: { description: 'The records.', schema: schema.logList } },
    },
    async ({ query }) => {
      const { node, message, action } = query;
      const page = await log.list({ node, message, action, ...between(query) }, cursors.request('log', query));
      return ok(cursors.answer('log', page));
    },
  );

/** `/stats`, `/purge`, `/log`: the system as a whole. */
export function systemRoutes(ports: Ports, cursors: Cursors): Route[] {
  return [showStats, runPurge, listLog].map((make) => make(ports, cursors));
}
