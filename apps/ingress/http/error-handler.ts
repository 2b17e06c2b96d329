import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { Report } from '#core';
import { isPassing } from '#persistence';
import { Problem } from './problem.ts';
import { sendProblem } from './send-problem.ts';

/** The end of every request that no route took. */
export const notFound: RequestHandler = (request) => {
  throw new Problem(404, 'not-found', `there is nothing at ${request.path}`);
};

/** Ends a path's list of routes: any other method is answered 405 with the allowed ones. Goes last, as `route.all(...)`. */
export function methodNotAllowed(...allowed: readonly string[]): RequestHandler {
  const headers = { allow: allowed.join(', ') };
  return (request) => {
    const detail = `${request.method} is not possible here, but ${headers.allow}`;
    throw new Problem(405, 'method-not-allowed', detail, { headers });
  };
}

/**
 * Answers whatever was thrown below. A `Problem` is an expected end and says so itself; an error that Express or a parser marked as the
 * client's fault keeps its status; a database that is away is 503; everything else is a bug or broken infrastructure: reported in full, answered without a word of it.
 */
export function createErrorHandler(report: Report): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const problem = error instanceof Problem ? error : (clientFault(error) ?? unavailable(error) ?? internalError());
    if (problem.status >= 500 && !(error instanceof Problem)) {
      report.error('request.failed', { method: request.method, path: request.path, error });
    }
    // Too late for an answer: a cut connection tells the client that what it has is not whole.
    if (response.headersSent) response.destroy();
    else sendProblem(response, problem);
  };
}

/** Express marks what it can't read (a path such as `/%zz`) with a 4xx status. */
function clientFault(error: unknown): Problem | undefined {
  if (!(error instanceof Error) || !('status' in error) || typeof error.status !== 'number') return undefined;
  const { status } = error;
  if (status < 400 || status > 499) return undefined;
  return new Problem(status, 'bad-request', 'the request can not be read');
}

/** The database is away for a moment: the same request may well succeed soon. */
function unavailable(error: unknown): Problem | undefined {
  if (!isPassing(error)) return undefined;
  return new Problem(503, 'unavailable', 'this can not be done now: try again shortly', { retryAfter: 1 });
}

function internalError(): Problem {
  return new Problem(500, 'internal-error', 'something went wrong on our side; it has been reported');
}
