import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const main = join(import.meta.dirname, '../dist/bench/main.js');
const folder = mkdtempSync(join(tmpdir(), 'orchestrator-bench-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Figures {
  queues: {
    results: { scenario: string; ratio: { median: number }; times: { median: number } }[];
    latencies: { latencies: number[] }[];
  }[];
}

// Says nothing about speed: other tests run beside it.
test('the bench runs, and prints how ours compares with the ceiling and with row by row', () => {
  const json = join(folder, 'figures.json');
  const args = ['--quick', '--queue', 'database', '--only', 'intake-single,drain-20,latency', '--json', json];
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    timeout: 110_000,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining('drain-20') as string });
  for (const word of ['scenario', 'ratio', 'times faster', 'fsync on', 'intake-single', 'drain-20', 'p99.9 ms']) {
    expect(stdout).toContain(word);
  }
  const figures = JSON.parse(readFileSync(json, 'utf8')) as Figures;
  const results = figures.queues.flatMap((queue) => queue.results);
  expect(results.map(({ scenario }) => scenario)).toEqual(['intake-single', 'drain-20']);
  expect(figures.queues[0]?.latencies[0]?.latencies.length).toBeGreaterThan(0);
  for (const { ratio, times } of results) {
    expect(ratio.median).toBeGreaterThan(0);
    expect(times.median).toBeGreaterThan(0);
  }
}, 120_000);
