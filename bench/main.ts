import { writeFile } from 'node:fs/promises';
import { arch, cpus, platform } from 'node:os';
import { redisAvailable } from '#testkit';
import { readOptions, USAGE, type BenchOptions } from './options.ts';
import { idleTableOf } from './idle/idle-table.ts';
import { latencyTableOf } from './latency/latency-table.ts';
import { queueFiguresOf, type Figures } from './report/figures.ts';
import { tableOf } from './report/table.ts';
import { runBackEnd, type BackEndResult } from './run-bench.ts';
import { CHECK_AIM, checkModel } from './scaling/check.ts';
import { IDLE, LATENCIES, SCENARIOS } from './scenarios/scenarios.ts';

const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'CPU'}, ${platform()} ${arch()}, Node.js ${process.version}`;

function parse(): BenchOptions | null {
  try {
    const scenarios = [...[...SCENARIOS, ...LATENCIES].map(({ name }) => name), IDLE];
    return readOptions(process.argv.slice(2), { scenarios, redisAvailable: redisAvailable() });
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}\n`);
    return null;
  }
}

function print({ queue, settings, results, latencies, idle }: BackEndResult): void {
  process.stdout.write(`\nQueue on ${queue}; ${settings}\n`);
  if (results.length > 0) process.stdout.write(`${tableOf(results)}\n`);
  if (latencies.length > 0) process.stdout.write(`${latencyTableOf(latencies)}\n`);
  if (idle !== null) process.stdout.write(`${idleTableOf(idle)}\n`);
  for (const { workers, predicted, measured, off } of checkModel(results, cpus().length)) {
    const verdict = Math.abs(off) <= CHECK_AIM ? 'met' : 'MISSED';
    const said = `${Math.round(predicted)}/s predicted, ${Math.round(measured)}/s measured`;
    process.stdout.write(`${workers} workers: ${said}, ${(off * 100).toFixed(0)} % off (± 20: ${verdict})\n`);
  }
  for (const { scenario, ceiling } of results) process.stdout.write(`${scenario}: the ceiling is ${ceiling}\n`);
}

/** Where the files went is left out: it says nothing of the figures. */
function commandOf(args: readonly string[]): string {
  const isOfFiles = (arg: string | undefined) => arg !== undefined && ['--json', '--data', '--profile'].includes(arg);
  const told = args.filter((arg, i) => !isOfFiles(arg) && !isOfFiles(args[i - 1]));
  return ['npm run bench', ...(told.length === 0 ? [] : ['--', ...told])].join(' ');
}

async function bench(options: BenchOptions): Promise<void> {
  const at = new Date().toISOString();
  process.stdout.write(`${machine}\n`);
  const all: BackEndResult[] = [];
  for (const queue of options.queues) {
    const result = await runBackEnd(queue, options, (line) => process.stderr.write(`${line}\n`));
    all.push(result);
    print(result);
  }
  if (options.json === undefined) return;
  const figures: Figures = {
    machine,
    cores: cpus().length,
    at,
    command: commandOf(process.argv.slice(2)),
    runs: options.runs,
    held: options.held,
    queues: all.map(queueFiguresOf),
  };
  await writeFile(options.json, `${JSON.stringify(figures, null, 2)}\n`);
}

// Everything that was started ends with this process; its folders are removed on a regular exit.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

const options = parse();
if (options === null) process.exitCode = 2;
else {
  // Connections that are idle do not keep this process, and it must not end while it waits for their end.
  const awake = setInterval(() => undefined, 60_000);
  await bench(options);
  clearInterval(awake);
}
