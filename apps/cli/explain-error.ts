import { ApiError, UnreachableError } from '#client';
import { FailedError, UsageError } from './command-error.ts';
import { EXIT } from './exit-status.ts';
import { printable } from './output/printable.ts';

export interface Explanation {
  readonly status: number;
  readonly lines: readonly string[];
}

/** What went wrong in words for a person, with what to do about it. An error that nobody expected is a bug, and goes on. */
export function explainError(error: unknown): Explanation {
  if (error instanceof UsageError) return { status: EXIT.usage, lines: [`error: ${printable(error.message)}`] };
  if (error instanceof FailedError) return failed(error.message);
  if (error instanceof UnreachableError) {
    return failed(error.message, 'start it with npm start, or say where it is with --url or ORCHESTRATOR_URL');
  }
  if (error instanceof ApiError) return explainApiError(error);
  throw error;
}

function explainApiError({ status, code, detail, errors, retryAfter }: ApiError): Explanation {
  const entries = errors.map(({ path, message }) => `  ${path}: ${message}`);
  const advice = adviceFor(status, code, retryAfter);
  return failed(`${detail} (${status} ${code})`, ...entries, ...(advice === null ? [] : [advice]));
}

function adviceFor(status: number, code: string, retryAfter: number | null): string | null {
  if (code === 'wrong-credentials')
    return 'set ORCHESTRATOR_USERNAME and ORCHESTRATOR_PASSWORD, or --username and --password';
  if (status === 401) return 'set ORCHESTRATOR_PASSWORD, or ORCHESTRATOR_API_KEY to a key that is still valid';
  if (status === 403) return 'use credentials that may do this: ORCHESTRATOR_USERNAME and ORCHESTRATOR_PASSWORD';
  return retryAfter === null ? null : `try again in ${Math.ceil(retryAfter)} s`;
}

function failed(message: string, ...more: readonly string[]): Explanation {
  return { status: EXIT.failed, lines: [`error: ${printable(message)}`, ...more.map(printable)] };
}
