import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { showMoment } from '../output/moment.ts';
import { renderTable } from '../output/table.ts';
import { addListOptions, readList, type ListOptions } from './listing.ts';

export function addKeyCommands(program: Command, context: Context): void {
  const key = program.command('key').description('Keys of nodes: what they send with, in x-api-key.');

  key
    .command('create')
    .description('Makes a key. On stdout there is nothing but the key, which is shown this once.')
    .argument('<node>', "the node's id")
    .option('--name <name>', 'what the key is for', 'made on the command line')
    .action(async (node: string, { name }: { name: string }, command: Command) => {
      const made = await context.connect(command).keys.create(node, name);
      context.complain(`A key of ${node}, shown this once; key delete ${node} ${made.id} revokes it.`);
      context.show(command, made, () => made.key);
    });
  addListOptions(key.command('list').description("Lists a node's keys.").argument('<node>', "the node's id")).action(
    async (node: string, options: ListOptions, command: Command) => {
      const { keys } = context.connect(command);
      const items = await readList(context, options, (page) => keys.list(node, page));
      const rows = items.map(({ id, name, prefix, lastUsedAt }) => [id, name, `${prefix}…`, showMoment(lastUsedAt)]);
      context.show(command, items, () => renderTable(['ID', 'NAME', 'KEY', 'LAST USED'], rows, `${node} has no keys.`));
    },
  );
  key
    .command('delete')
    .description('Revokes a key.')
    .argument('<node>', "the node's id")
    .argument('<key>', "the key's id")
    .action(async (node: string, id: string, _options: unknown, command: Command) => {
      await context.connect(command).keys.delete(node, id);
      context.show(command, { deleted: id }, () => 'The key is revoked.');
    });
}
