import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { startTestNode, startTestPostgres, type TestNode, type TestPostgres } from '#testkit';
import { freshId, startSystem, type TestSystem } from '../system/index.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: { readonly runbook: string };
}
interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string }[];
}

const { groups } = parse(read('deploy/prometheus/rules.yml')) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);
const { panels } = JSON.parse(read('deploy/grafana/dashboards/orchestrator.json')) as { panels: Panel[] };

const hasPromtool = spawnSync('promtool', ['--version'], { stdio: 'ignore' }).status === 0;
if (!hasPromtool && !process.env['CI']) {
  console.warn('!!! NOT TESTED: metrics and rules were not shown to promtool, which is not on the PATH !!!');
}
const testWithPromtool = hasPromtool || process.env['CI'] ? test : test.skip;

let postgres: TestPostgres;
let system: TestSystem;
let receiver: TestNode;
let pages: string[];
const paused = freshId('paused');

beforeAll(async () => {
  postgres = await startTestPostgres();
  system = await startSystem({ databaseUrl: postgres.url, queueUrl: 'database' });
  receiver = await startTestNode();
  // One is delivered and one waits, so that every metric has a value.
  const id = freshId('node');
  const key = await system.register(id, { url: receiver.url, protocol: 'webhook' });
  await system.register(paused, { url: receiver.url, protocol: 'webhook', paused: true });
  const accepted = await system.send(key, { type: 't', destinations: [id, paused], payload: 1 });
  await system.until(accepted.id, id, ({ state }) => state === 'delivered');
  pages = [await system.metrics(), ...(await system.workerMetrics())];
});

afterAll(async () => {
  await receiver.close();
  await system.stop();
  await postgres.stop();
});

/** The value of the sample of that name with these labels; undefined when there is none. */
function valueOf(name: string, labels: Readonly<Record<string, string>>): number | undefined {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  const isIt = (line: string) => line.startsWith(`${name}{`) && wanted.every((one) => line.includes(one));
  const found = pages.flatMap((page) => page.split('\n')).find(isIt);
  return found === undefined ? undefined : Number(found.slice(found.lastIndexOf(' ')));
}

test('accepted, attempted, delivered and waiting are measured, each where it happens', () => {
  const [ingress, worker] = [{ process: 'ingress' }, { process: 'worker' }];
  expect(valueOf('orchestrator_messages_accepted_total', { kind: 'new', ...ingress })).toBe(1);
  expect(valueOf('orchestrator_deliveries_accepted_total', ingress)).toBe(2);
  expect(valueOf('orchestrator_attempts_total', { outcome: 'success', status: '2xx', ...worker })).toBe(1);
  expect(valueOf('orchestrator_delivery_latency_seconds_count', { attempts: 'one', ...worker })).toBe(1);
  expect(valueOf('orchestrator_backlog', { node: paused, ...ingress })).toBe(1);
  expect(valueOf('orchestrator_deliveries', { state: 'delivered', ...ingress })).toBe(1);
  expect(valueOf('orchestrator_queue_jobs', { queue: 'lanes', state: 'failed', ...ingress })).toBe(0);
  expect(valueOf('orchestrator_queue_reachable', { part: 'worker', ...worker })).toBe(1);
  expect(valueOf('orchestrator_database_connections', { pool: 'lanes', state: 'waiting', ...worker })).toBe(0);
  expect(valueOf('orchestrator_nodes_suspect', ingress)).toBe(0);
});

test('rules and dashboard name only metrics that exist', () => {
  const typed = pages.flatMap((page) => [...page.matchAll(/^# TYPE (\S+) (\S+)$/gm)]);
  const existing = new Set(
    typed.flatMap(([, name = '', type]) =>
      type === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => name + end) : [name],
    ),
  );
  const expressions = [
    ...rules.map(({ alert, expr }) => [alert, expr] as const),
    ...panels.flatMap(({ title, targets }) => targets.map(({ expr }) => [title, expr] as const)),
  ];
  const named = expressions.flatMap(([where, expr]) =>
    [...expr.matchAll(/\b(?:orchestrator|nodejs|process)_\w+/g)].map(([name]) => ({ where, name })),
  );
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter(({ name }) => !existing.has(name))).toEqual([]);
  expect(expressions.filter(([, expr]) => !/_\w+|\bup\b/.test(expr))).toEqual([]);
});

test('every metric of ours is on the dashboard', () => {
  const ours = pages.flatMap((page) =>
    [...page.matchAll(/^# TYPE (orchestrator_\S+)/gm)].map(([, name]) => name ?? ''),
  );
  const shown = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join('\n');
  expect([...new Set(ours)].filter((name) => !shown.includes(name))).toEqual([]);
});

test('each alert leads to a section of the runbook', () => {
  const headings = [...read('docs/operating.md').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );
  expect(rules.length).toBeGreaterThan(5);
  for (const { alert, annotations } of rules) {
    const [file, anchor] = annotations.runbook.split('#');
    expect({ alert, file, known: headings.includes(anchor ?? '') }).toEqual({
      alert,
      file: 'docs/operating.md',
      known: true,
    });
  }
});

testWithPromtool('promtool accepts what is scraped, the rules and the configuration', () => {
  for (const page of pages) {
    const ours = page.split('\n').filter((line) => /^(# \w+ )?orchestrator_/.test(line));
    execFileSync('promtool', ['check', 'metrics'], { input: `${ours.join('\n')}\n` });
    // The syntax of all of it; some names of Node.js' own metrics are not to promtool's liking.
    expect(spawnSync('promtool', ['check', 'metrics'], { input: page }).status).not.toBe(1);
  }
  execFileSync('promtool', ['check', 'rules', join(root, 'deploy/prometheus/rules.yml')]);
  execFileSync('promtool', ['check', 'config', join(root, 'deploy/prometheus/prometheus.yml')]);
});
