import type { Command } from 'commander';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log, LogFilter, LogRecord } from '#client';
import { UsageError } from '../command-error.ts';
import type { Context } from '../context.ts';
import { showMoment } from '../output/moment.ts';
import { printable } from '../output/printable.ts';
import { renderTable, type Cell } from '../output/table.ts';
import { addListOptions, readList, type ListOptions } from './listing.ts';
import { readMoment, readSeconds } from './read-options.ts';

interface LogOptions extends ListOptions, LogFilter {
  readonly follow?: boolean;
  readonly interval: number;
}

/** Seconds. A record may become visible after a later one, by as long as its transaction took. */
const OVERLAP = 10;

export function addLogCommand(program: Command, context: Context): void {
  addListOptions(program.command('log').description('Lists who or what did what to which message or node.'))
    .option('--node <node>', 'to this node')
    .option('--message <id>', 'to this message')
    .option('--since <when>', 'at or after this moment, or so long ago: 2h', readMoment(context.now))
    .option('--until <when>', 'before this moment', readMoment(context.now))
    .option('--follow', 'show what comes, oldest first, until Ctrl-C')
    .option('--interval <seconds>', 'with --follow: between two looks', readSeconds(3_600), 2)
    .action(async (options: LogOptions, command: Command) => {
      const { limit, all = false, follow = false, interval, ...filter } = options;
      const { log } = context.connect(command);
      if (!follow) {
        const items = await readList(context, { limit, all }, (page) => log.list({ ...filter, ...page }));
        return context.show(command, items, () => renderTable(HEAD, items.map(cells), 'No log records.'));
      }
      if (filter.until !== undefined) throw new UsageError('expected --follow or --until, got both');
      const began = () => context.complain('What comes is shown here. Ctrl-C ends it.');
      const print = (record: LogRecord) => context.write(`${line(record, context.isJson(command))}\n`);
      await untilStopped(context, (signal) =>
        followLog(log, { filter, limit, interval, now: context.now, print, began, signal }),
      );
    });
}

interface Following {
  readonly filter: LogFilter;
  /** Records shown to begin with. */
  readonly limit: number;
  /** Seconds. */
  readonly interval: number;
  now(): Date;
  print(record: LogRecord): void;
  /** Told when the records of before are shown. */
  began(): void;
  readonly signal: AbortSignal;
}

async function followLog(log: Log, { filter, limit, interval, now, print, began, signal }: Following): Promise<void> {
  const before = await log.list({ ...filter, limit: Math.min(limit, 500) }, { signal });
  before.items.toReversed().forEach(print);
  began();
  let known = new Set(before.items.map(({ id }) => id));
  let since = before.items[0] === undefined ? now() : new Date(before.items[0].at);
  for (;;) {
    await sleep(interval * 1_000, undefined, { signal });
    const found: LogRecord[] = [];
    const from = new Date(since.getTime() - OVERLAP * 1_000);
    for await (const record of log.all({ ...filter, since: from, limit: 500 }, { signal })) found.push(record);
    found
      .filter(({ id }) => !known.has(id))
      .toReversed()
      .forEach(print);
    known = new Set([...found.map(({ id }) => id), ...(found.length === 0 ? known : [])]);
    if (found[0] !== undefined) since = new Date(found[0].at);
  }
}

/** Does something endless until Ctrl-C, which is its good end. */
async function untilStopped({ terminal }: Context, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stopping = new AbortController();
  void terminal.untilStopped().then(() => stopping.abort());
  try {
    await work(stopping.signal);
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
  }
}

const HEAD = ['AT', 'WHO', 'WHAT', 'NODE', 'MESSAGE', 'DETAIL'] as const;

function cells({ at, actor, action, node, message, detail }: LogRecord): Cell[] {
  return [showMoment(at), actor, action, node, message, JSON.stringify(detail)];
}

function line(record: LogRecord, isJson: boolean): string {
  if (isJson) return JSON.stringify(record);
  return cells(record)
    .filter((cell) => cell !== null && cell !== 'null')
    .map((cell) => printable(String(cell)))
    .join('  ');
}
