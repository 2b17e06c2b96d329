import type { Command } from 'commander';
import type { Stats } from '#client';
import type { Context } from '../context.ts';
import { showMoment, showSeconds } from '../output/moment.ts';
import { renderFields, renderTable } from '../output/table.ts';

export function addSystemCommands(program: Command, context: Context): void {
  program
    .command('status')
    .alias('stats')
    .description('Shows how the system stands: deliveries by state, backlogs, rates, workers.')
    .action(async (_options: unknown, command: Command) => {
      const stats = await context.connect(command).stats.get();
      context.show(command, stats, () => renderStats(stats));
    });
  program
    .command('purge')
    .description('Removes now what is older than its kind is kept.')
    .option('--dry-run', 'only count it')
    .action(async ({ dryRun = false }: { dryRun?: boolean }, command: Command) => {
      const purged = await context.connect(command).purge.run({ dryRun });
      context.show(command, { ...purged, dryRun }, () => {
        const { delivered, frozen, log } = purged;
        const verb = dryRun ? 'Would be removed' : 'Removed';
        return `${verb}: delivered messages ${delivered}, frozen messages ${frozen}, log records ${log}.`;
      });
    });
}

function renderStats({ deliveries, nodes, rates, workers }: Stats): string {
  return [
    renderFields({ ...deliveries }),
    renderFields({
      accepted: showRate(rates.accepted),
      delivered: showRate(rates.delivered),
      frozen: showRate(rates.frozen),
    }),
    renderTable(
      ['NODE', 'BACKLOG', 'OLDEST DUE FOR'],
      nodes.map(({ node, backlog, oldestDueAge }) => [node, backlog, showSeconds(oldestDueAge)]),
      'Nothing is waiting.',
    ),
    renderTable(
      ['WORKER', 'ADDRESS', 'SINCE'],
      workers.map(({ id, address, since }) => [id, address, showMoment(since)]),
      'No workers: nothing is being delivered. npm run worker starts one.',
    ),
  ].join('\n\n');
}

/** Seconds that the rates are of, and how many the system counts back at most. */
const RATED = 300;
const MOST_RATED = 10_000;

/** `0.01/s, 3 in 5 min`: what comes seldom is seen by its number. */
function showRate(perSecond: number): string {
  const rate = `${perSecond.toFixed(perSecond < 10 ? 2 : 0)}/s`;
  const number = Math.round(perSecond * RATED);
  return number < MOST_RATED ? `${rate}, ${number} in 5 min` : rate;
}
