import { propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

/** A step of a message's way, as OpenTelemetry shows it. */
export interface Step {
  readonly name: string;
  /** Somebody asked us, or we ask somebody. */
  readonly kind: 'asked' | 'asking';
  /** The step before it: `traceparent` of W3C Trace Context. */
  readonly parent: string | undefined;
}

export interface StepUnderWay {
  /** What the next step is told: this one, or, where nothing is recorded, what this one was told. */
  readonly traceparent: string | undefined;
  /** @param error What went wrong; null when nothing did. */
  end(facts: Readonly<Record<string, string | number>>, error: string | null): void;
}

const KINDS = { asked: SpanKind.SERVER, asking: SpanKind.CLIENT };
const tracer = trace.getTracer('distribution-orchestrator');

/**
 * Begins a step. Without an SDK of OpenTelemetry, which is loaded from outside (docs/operating.md), nothing is recorded and hardly anything
 * done: the parent is handed on as it came.
 */
export function startStep({ name, kind, parent }: Step): StepUnderWay {
  const before = parent === undefined ? ROOT_CONTEXT : propagation.extract(ROOT_CONTEXT, { traceparent: parent });
  const span = tracer.startSpan(name, { kind: KINDS[kind] }, before);
  if (!span.isRecording()) return { traceparent: parent, end: () => undefined };
  const carrier: { traceparent?: string } = {};
  propagation.inject(trace.setSpan(before, span), carrier);
  return {
    traceparent: carrier.traceparent ?? parent,
    end(facts, error) {
      span.setAttributes(facts);
      if (error !== null) span.setStatus({ code: SpanStatusCode.ERROR, message: error });
      span.end();
    },
  };
}
