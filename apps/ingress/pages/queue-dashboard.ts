import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import { Router, type Express, type RequestHandler } from 'express';
import type { LaneQueue } from '#queue';
import type { Authentication } from '../auth/authentication.ts';
import { requireRole } from '../auth/require-role.ts';
import { methodNotAllowed } from '../http/error-handler.ts';
import { pagePolicy } from './page-policy.ts';
import { signInFirst } from './sign-in-first.ts';

export interface QueueDashboardOptions extends Pick<Authentication, 'identify'> {
  readonly queue: Pick<LaneQueue, 'queues'>;
}

const PLACE = '/queues';

const ABOUT: Readonly<Record<string, string>> = {
  lanes: 'One job a node that may have work. Jobs are hints: what is due is in PostgreSQL, and the sweep finds it.',
  maintenance: 'The ticks of the sweep and of the purge.',
};

/**
 * BullMQ's dashboard at `/queues`, for administrators and operators. It only shows: docs/adr/0020-the-queue-dashboard-only-shows.md.
 */
export function createQueueDashboard({ queue, identify }: QueueDashboardOptions): Router {
  return Router().use(
    PLACE,
    signInFirst({ identify }),
    requireRole('admin', 'operator'),
    onlyReading,
    // Its page and its charts are styled in place.
    pagePolicy({ inlineStyles: true }),
    createBoard(queue),
  );
}

/** The board refuses changes by itself; that none gets so far also leaves nothing to forge from another site. */
const onlyReading: RequestHandler = (request, response, next) => {
  if (request.method === 'GET' || request.method === 'HEAD') return next();
  return methodNotAllowed('GET', 'HEAD')(request, response, next);
};

function createBoard(queue: QueueDashboardOptions['queue']): Express {
  const serverAdapter = new ExpressAdapter().setBasePath(PLACE);
  createBullBoard({
    queues: queue
      .queues()
      .map((one) => new BullMQAdapter(one, { readOnlyMode: true, description: ABOUT[one.name] ?? '' })),
    serverAdapter,
    options: { uiConfig: { boardTitle: 'Queues' } },
  });
  const board = serverAdapter.getRouter() as Express;
  board.disable('x-powered-by');
  return board;
}
