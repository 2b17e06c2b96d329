import { measurePool } from './measure-pool.ts';
import { createMetrics } from './metrics.ts';

test('metrics of ours and of Node.js are rendered in the text format, labelled with the process', async () => {
  const metrics = createMetrics({ process: 'worker' });
  metrics
    .counter({ name: 'orchestrator_attempts_total', help: 'Attempts.', labels: ['outcome'] })
    .inc({ outcome: 'success' }, 3);
  metrics.gauge({ name: 'orchestrator_lanes', help: 'Lanes.', collect: (gauge) => gauge.set(7) });
  metrics.histogram({ name: 'orchestrator_attempt_seconds', help: 'Duration.', buckets: [1] }).observe(0.5);
  const { contentType, text } = await metrics.render();
  expect(contentType).toMatch(/^text\/plain; version=0\.0\.4/);
  expect(text).toContain('orchestrator_attempts_total{outcome="success",process="worker"} 3');
  expect(text).toContain('orchestrator_lanes{process="worker"} 7');
  expect(text).toContain('orchestrator_attempt_seconds_bucket{le="1",process="worker"} 1');
  expect(text).toContain('nodejs_eventloop_lag_seconds');
});

test('two sets of metrics know nothing of each other', async () => {
  const name = 'orchestrator_x_total' as const;
  createMetrics({ process: 'a' }).counter({ name, help: 'X.' }).inc();
  expect((await createMetrics({ process: 'b' }).render()).text).not.toContain(name);
});

test('two parts of a process that share a gauge each show what they know', async () => {
  const metrics = createMetrics({ process: 'standalone' });
  const pool = { totalCount: 5, idleCount: 2, waitingCount: 0 };
  measurePool(metrics, 'lanes', pool);
  measurePool(metrics, 'ingress', { ...pool, waitingCount: 7 });
  const { text } = await metrics.render();
  expect(text).toContain('orchestrator_database_connections{pool="lanes",state="busy",process="standalone"} 3');
  expect(text).toContain('orchestrator_database_connections{pool="ingress",state="waiting",process="standalone"} 7');
});
