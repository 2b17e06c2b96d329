import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { redisAvailable } from '#testkit';
import type { Figures } from './report/figures.ts';
import { IDLE, LATENCIES, SCENARIOS } from './scenarios/scenarios.ts';

const main = join(import.meta.dirname, '../dist/bench/main.js');
const folder = mkdtempSync(join(tmpdir(), 'orchestrator-bench-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LONGEST = 280_000;

/** Says nothing about speed: other tests run beside it. */
function runSmall(names: readonly string[], queue: string) {
  const json = join(folder, `${names[0]}.json`);
  const args = ['--quick', '--queue', queue, '--only', names.join(','), '--json', json];
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    timeout: LONGEST,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining(names[0] ?? '') as string });
  const [figures] = (JSON.parse(readFileSync(json, 'utf8')) as Figures).queues;
  if (figures === undefined) throw new Error('expected the figures of one back end');
  return { stdout, figures };
}

test(
  'the bench prints how ours compares with the ceiling and with row by row',
  () => {
    const { stdout, figures } = runSmall(['intake-single', 'drain-20', 'latency', 'idle'], 'database');
    for (const word of ['scenario', 'ratio', 'times faster', 'fsync on', 'bytes of WAL', 'p99.9 ms', '% of a core']) {
      expect(stdout).toContain(word);
    }
    for (const { designs, times } of figures.results) {
      const { cpu, memory, counts } = designs.ours;
      for (const value of [...Object.values(cpu), ...Object.values(memory), times?.median]) {
        expect(value).toBeGreaterThanOrEqual(0);
      }
      expect(counts.statements).toBeGreaterThan(0);
      expect(counts.wal).toBeGreaterThan(0);
    }
    expect(figures.latencies[0]?.count).toBeGreaterThan(0);
    expect(figures.idle?.queries).toBeGreaterThanOrEqual(0);
  },
  LONGEST,
);

/** In groups of a few, so that none takes long; on Redis where there is one, as the others are on PostgreSQL. */
const OTHERS = [
  ['intake-batch', 'intake-1000-destinations', 'drain-2000'],
  ['drain-1', 'drain-100kB', 'mixed', 'fan-out-10000'],
  ['workers-1', 'workers-2', 'workers-4'],
  ['drain-held', 'purge', 'latency-held'],
];

test.each(OTHERS)(
  'it measures %s and others like it',
  (...names) => {
    const { figures } = runSmall(names, redisAvailable() ? 'redis' : 'database');
    const measured = [...figures.results, ...figures.latencies].map(({ scenario }) => scenario);
    expect(measured).toEqual(names);
    for (const { ratio } of figures.results) expect(ratio.median).toBeGreaterThan(0);
  },
  LONGEST,
);

test('every scenario is run here', () => {
  const all = [...[...SCENARIOS, ...LATENCIES].map(({ name }) => name), IDLE];
  expect([...OTHERS.flat(), 'intake-single', 'drain-20', 'latency', 'idle'].toSorted()).toEqual(all.toSorted());
});
