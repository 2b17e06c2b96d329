import { Option, type Command } from 'commander';
import type { Deliveries, DeliveryFilter, DeliverySelection, DeliveryState } from '#client';
import { UsageError } from '../command-error.ts';
import type { Context } from '../context.ts';
import { renderTable } from '../output/table.ts';
import { changeMany } from './change-many.ts';
import { deliveryCells, deliveryHead, STATES } from './delivery-cells.ts';
import { addListOptions, readList, type ListOptions } from './listing.ts';
import { readMoment } from './read-options.ts';

interface ChangeOptions extends DeliveryFilter {
  readonly all?: boolean;
  readonly dryRun?: boolean;
  readonly includeDelivered?: boolean;
}

export function addDeliveryCommands(program: Command, context: Context): void {
  const delivery = program.command('delivery').description('Deliveries: one message on its way to one node.');
  addList(delivery, context);
  addReplay(delivery, context);
  addCancel(delivery, context);
}

function addFilter(command: Command, { now }: Context): Command {
  return command
    .addOption(new Option('--state <state>').choices(STATES))
    .option('--node <node>', 'to this node')
    .option('--message <id>', 'of this message')
    .option('--since <when>', 'of messages accepted at or after this moment, or so long ago: 2h', readMoment(now))
    .option('--until <when>', 'of messages accepted before this moment', readMoment(now));
}

function addList(delivery: Command, context: Context): void {
  addFilter(addListOptions(delivery.command('list').description('Lists deliveries, newest first.')), context).action(
    async ({ limit, all, ...filter }: ListOptions & DeliveryFilter, command: Command) => {
      const { deliveries } = context.connect(command);
      const items = await readList(context, { limit, all: all === true }, (page) =>
        deliveries.list({ ...filter, ...page }),
      );
      const rows = items.map((item) => [...deliveryCells(item), item.message]);
      context.show(command, items, () => renderTable([...deliveryHead, 'MESSAGE'], rows, 'No deliveries.'));
    },
  );
}

function addReplay(delivery: Command, context: Context): void {
  const replay = delivery
    .command('replay')
    .description('Makes frozen deliveries pending again: due now, with a fresh budget of attempts.')
    .argument('[ids...]', 'deliveries; or give a filter');
  addFilter(replay, context)
    .option('--all', 'every frozen one')
    .option('--include-delivered', 'delivered ones too: their nodes get them again')
    .option('--dry-run', 'only count them')
    .action(async (ids: string[], options: ChangeOptions, command: Command) => {
      const { dryRun = false, includeDelivered = false } = options;
      const selection = selectionOf(ids, options, 'frozen');
      const { deliveries } = context.connect(command);
      const replay = (chosen: DeliverySelection, dryRun: boolean) =>
        deliveries.replay({ ...chosen, dryRun, includeDelivered });
      const states: DeliveryState[] = includeDelivered ? ['frozen', 'delivered'] : ['frozen'];
      const count = await changeSelected(context, deliveries, { selection, dryRun, states, change: replay });
      context.show(
        command,
        { count, dryRun },
        () => `${dryRun ? 'Would be pending again' : 'Pending again'}: ${count}.`,
      );
    });
}

function addCancel(delivery: Command, context: Context): void {
  const cancel = delivery
    .command('cancel')
    .description('Cancels pending and frozen deliveries.')
    .argument('[ids...]', 'deliveries; or give a filter');
  addFilter(cancel, context)
    .option('--all', 'every pending and frozen one')
    .option('--dry-run', 'only count them')
    .action(async (ids: string[], options: ChangeOptions, command: Command) => {
      const { dryRun = false } = options;
      const selection = selectionOf(ids, options, 'pending and frozen');
      const { deliveries } = context.connect(command);
      const cancel = (chosen: DeliverySelection, dryRun: boolean) => deliveries.cancel({ ...chosen, dryRun });
      const states: DeliveryState[] = ['pending', 'frozen'];
      const count = await changeSelected(context, deliveries, { selection, dryRun, states, change: cancel });
      context.show(command, { count, dryRun }, () => `${dryRun ? 'Would be cancelled' : 'Cancelled'}: ${count}.`);
    });
}

interface SelectedChange {
  readonly selection: DeliverySelection;
  readonly dryRun: boolean;
  readonly states: readonly DeliveryState[];
  change(selection: DeliverySelection, dryRun: boolean): Promise<number>;
}

/** What is named by ids changes whole or not at all; what a filter matches is counted, and changes step by step. */
async function changeSelected(
  context: Context,
  deliveries: Deliveries,
  { selection, dryRun, states, change }: SelectedChange,
): Promise<number> {
  if (dryRun || 'ids' in selection) return change(selection, dryRun);
  const total = await change(selection, true);
  const { filter } = selection;
  return changeMany(context, deliveries, { filter, states, total, change: (ids) => change({ ids }, false) });
}

/** Ids or a filter. That everything is meant has to be said: it must not be what is left when an option was forgotten. */
function selectionOf(ids: readonly string[], options: ChangeOptions, kind: string): DeliverySelection {
  const { state, node, message, since, until, all = false } = options;
  const filter: DeliveryFilter = {
    ...(state !== undefined && { state }),
    ...(node !== undefined && { node }),
    ...(message !== undefined && { message }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
  };
  const isFiltered = Object.keys(filter).length > 0;
  if (ids.length > 0 && (isFiltered || all)) throw new UsageError('expected ids or a filter, got both');
  if (ids.length > 0) return { ids };
  if (isFiltered || all) return { filter };
  throw new UsageError(`expected ids of deliveries, a filter such as --node, or --all for every ${kind} one`);
}
