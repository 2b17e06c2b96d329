import { join } from 'node:path';
import { Argument, type Command } from 'commander';
import { completionScript } from '../completion/completion-script.ts';
import type { Context } from '../context.ts';

const HELP = `
For this shell only:      source <(npm run -s cli -- completion bash)
For good, with bash:      npm run -s cli -- completion bash >> ~/.bashrc
For good, with zsh:       npm run -s cli -- completion zsh >> ~/.zshrc

The script also defines the command it completes, orchestrator, as what npm run cli -- runs.`;

export function addCompletionCommand(program: Command, context: Context): void {
  program
    .command('completion')
    .description('Prints a script that has a shell complete commands and options.')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh']))
    .addHelpText('after', HELP)
    .action((shell: 'bash' | 'zsh') => {
      const main = join(context.root, 'dist/apps/cli/main.js');
      context.write(completionScript(program, { shell, main }));
    });
}
