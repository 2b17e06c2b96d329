import type { Command } from 'commander';
import { parseConfig } from '#core';
import { checkConfig } from '#runtime';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-status.ts';
import { printable } from '../output/printable.ts';

export function addConfigCommands(program: Command, context: Context): void {
  const config = program.command('config').description('The configuration file.');

  config
    .command('check')
    .description('Says what is wrong with the configuration, without starting anything: 78 when something is.')
    .action(async (_options: unknown, command: Command) => {
      const { root, terminal } = context;
      const { lines, status } = await checkConfig({ parseConfig, env: terminal.env, root });
      context.status = status;
      if (status === EXIT.ok) context.show(command, { ok: true, lines }, () => lines.map(printable).join('\n'));
      else for (const line of lines) context.complain(printable(line));
    });
}
