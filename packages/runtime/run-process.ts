import type { Writable } from 'node:stream';
import { CONFIG_ERROR, describeLoaded } from './check-config.ts';
import { type ConfigParser, loadConfig } from './load-config.ts';
import type { ConfigLocation, Environment } from './locate-config.ts';
import { createLogger, type Logger, type LoggerOptions } from './logger.ts';
import { createLoopWatch } from './loop-watch.ts';
import { createMetrics, type Metrics } from './metrics.ts';

/** What a process needs of its configuration before it knows what it will do. */
export interface ProcessConfig {
  readonly log: Pick<LoggerOptions, 'level' | 'format'>;
  readonly database: { readonly path: string };
}

export interface ProcessContext<Config> extends ConfigLocation {
  readonly config: Config;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Aborted when the process has been asked to stop, so that a start that waits for something can give up. */
  readonly signal: AbortSignal;
}

export interface Running {
  /** Stops taking work, finishes or gives back what is held, and closes everything. Called at most once. */
  stop(): Promise<void>;
}

/** What is used of Node's `process`. */
export interface Host {
  readonly env: Environment;
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable;
  on(event: string, listener: (argument: unknown) => void): unknown;
  exit(status: number): void;
}

export interface RunProcessOptions<Config> {
  /** Core's. */
  readonly parseConfig: ConfigParser<Config>;
  /** What `PYC_ROOT` falls back to: `/` unless given. */
  readonly root?: string;
  readonly start: (context: ProcessContext<Config>) => Promise<Running>;
  readonly host?: Host;
}

/** Milliseconds: the contract gives a process 30 s, of which some go into the last lines of the log. */
const LONGEST_STOP = 28_000;

/**
 * Runs a process from its configuration to its exit status. With a wrong configuration everything wrong with it is printed and the
 * status is 78, before anything else happens. SIGTERM and SIGINT stop it: 0, or 1 when that took too long. A start that fails and
 * an exception that nobody caught: 1, after one line in the log. Resolves when the process is up, or on its way out.
 */
export async function runProcess<Config extends ProcessConfig>(
  name: string,
  { parseConfig, root, start, host = process }: RunProcessOptions<Config>,
): Promise<void> {
  const loaded = await loadConfig({ parseConfig, env: host.env, root });
  if (!loaded.ok) {
    await print(host.stderr, describeLoaded(loaded));
    return host.exit(CONFIG_ERROR);
  }
  const { config } = loaded;
  const log = createLogger({ ...config.log, stream: host.stdout, facts: { process: name } });
  for (const { line, key: setting, message } of loaded.warnings) log.warn('config.warning', { line, setting, message });
  watchLoop(log);
  const metrics = createMetrics({ process: name });
  const { root: folder, file } = loaded;
  await superviseStart(host, log, (signal) => start({ config, root: folder, file, log, metrics, signal }));
}

function watchLoop(log: Logger): void {
  const watch = createLoopWatch(log, () => performance.now());
  setInterval(() => watch.look(), watch.interval).unref();
}

async function superviseStart(
  host: Host,
  log: Logger,
  start: (signal: AbortSignal) => Promise<Running>,
): Promise<void> {
  const stopping = new AbortController();
  let isLeaving = false;

  async function leave(status: number): Promise<void> {
    if (isLeaving) return;
    isLeaving = true;
    await log.close();
    host.exit(status);
  }

  async function stop(signal: string): Promise<void> {
    if (stopping.signal.aborted) return log.info('process.stopping-already', { signal });
    log.info('process.stopping', { signal });
    stopping.abort();
    await leave(await stopWithin(LONGEST_STOP, started, log));
  }

  for (const signal of ['SIGTERM', 'SIGINT']) host.on(signal, () => void stop(signal));
  // Rejections that nobody handles arrive here too.
  host.on('uncaughtException', (error) => {
    log.error('process.crashed', { error });
    void leave(1);
  });

  const started = Promise.resolve(stopping.signal).then(start);
  try {
    await started;
    if (!stopping.signal.aborted) log.info('process.started', { node: process.version });
  } catch (error) {
    if (stopping.signal.aborted) return;
    log.error('process.start-failed', { error });
    await leave(1);
  }
}

/** Stops what has been started or is just starting; answers the exit status. */
async function stopWithin(limit: number, started: Promise<Running>, log: Logger): Promise<number> {
  let timer: NodeJS.Timeout | undefined;
  const overdue = new Promise<'overdue'>((resolve) => {
    timer = setTimeout(() => resolve('overdue'), limit);
  });
  const startedAt = performance.now();
  try {
    const end = await Promise.race([stopStarted(started, log), overdue]);
    const facts = { duration: Math.round(performance.now() - startedAt) };
    if (end === 'overdue') log.error('process.stop-overdue', facts);
    else log.info('process.stopped', facts);
    return end === 'overdue' ? 1 : 0;
  } catch (error) {
    log.error('process.stop-failed', { error });
    return 1;
  } finally {
    clearTimeout(timer);
  }
}

async function stopStarted(started: Promise<Running>, log: Logger): Promise<void> {
  // A start that was told to give up may well end in an error: then there is nothing to stop.
  const running = await started.catch((error: unknown) => log.info('process.start-given-up', { error }));
  await running?.stop();
}

function print(stream: Writable, lines: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    // Told or not, the status says it as well.
    stream.once('error', () => resolve());
    stream.write(lines.map((line) => `${line}\n`).join(''), () => resolve());
  });
}
