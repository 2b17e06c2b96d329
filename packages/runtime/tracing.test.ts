import { propagation, trace } from '@opentelemetry/api';
import { core, tracing } from '@opentelemetry/sdk-node';
import { startStep } from './tracing.ts';

const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

afterAll(() => {
  trace.disable();
  propagation.disable();
});

test('without an SDK nothing is recorded, and the parent is handed on as it came', () => {
  const step = startStep({ name: 'attempt', kind: 'asking', parent: PARENT });
  expect(step.traceparent).toBe(PARENT);
  step.end({ status: 200 }, null);
  expect(startStep({ name: 'attempt', kind: 'asking', parent: undefined }).traceparent).toBeUndefined();
});

test('with an SDK a step is a child of its parent, and the next one is told of it', () => {
  const exporter = new tracing.InMemorySpanExporter();
  const spanProcessors = [new tracing.SimpleSpanProcessor(exporter)];
  trace.setGlobalTracerProvider(new tracing.BasicTracerProvider({ spanProcessors }));
  propagation.setGlobalPropagator(new core.W3CTraceContextPropagator());
  const step = startStep({ name: 'attempt', kind: 'asking', parent: PARENT });
  step.end({ 'message.id': 'm', status: 500 }, 'answered 500');
  const [span] = exporter.getFinishedSpans();
  expect(span).toMatchObject({
    name: 'attempt',
    attributes: { 'message.id': 'm', status: 500 },
    status: { message: 'answered 500' },
    parentSpanContext: { spanId: 'b7ad6b7169203331' },
  });
  expect(span?.spanContext().traceId).toBe('0af7651916cd43dd8448eb211c80319c');
  expect(step.traceparent).toBe(`00-0af7651916cd43dd8448eb211c80319c-${span?.spanContext().spanId}-01`);
});
