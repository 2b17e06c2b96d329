import type { IncomingHttpHeaders } from 'node:http';
import { readTraceparent, type Call } from '#core';
import { startStep } from '#runtime';

/**
 * Makes accepting a step of the trace that its sender may be in (W3C Trace Context), and keeps that trace with each message, as the
 * attribute of CloudEvents' distributed tracing extension; one that a message brings itself stays.
 */
export async function traced<Result>(
  headers: IncomingHttpHeaders,
  calls: readonly Call[],
  accept: (calls: readonly Call[]) => Promise<Result>,
): Promise<Result> {
  const step = startStep({ name: 'message.accept', kind: 'asked', parent: readTraceparent(headers['traceparent']) });
  const facts = { messages: calls.length };
  try {
    const result = await accept(withTrace(calls, step.traceparent));
    step.end(facts, null);
    return result;
  } catch (error) {
    step.end(facts, String(error));
    throw error;
  }
}

function withTrace(calls: readonly Call[], traceparent: string | undefined): readonly Call[] {
  if (traceparent === undefined) return calls;
  return calls.map((call) => ({ ...call, attributes: { traceparent, ...call.attributes } }));
}
