import { Command, CommanderError } from 'commander';
import { addAuditCommands } from './commands/audit-commands.ts';
import { addConfigCommands } from './commands/config-commands.ts';
import { addDeliveryCommands } from './commands/delivery-commands.ts';
import { addKeyCommands } from './commands/key-commands.ts';
import { addCompletionCommand } from './commands/completion-command.ts';
import { addListenCommand } from './commands/listen-command.ts';
import { addLogCommand } from './commands/log-command.ts';
import { addMessageCommands } from './commands/message-commands.ts';
import { addNodeCommands } from './commands/node-commands.ts';
import { addSystemCommands } from './commands/system-commands.ts';
import { addUserCommands } from './commands/user-commands.ts';
import { createContext, type CliOptions, type Context } from './context.ts';
import { explainError } from './explain-error.ts';
import { EXIT } from './exit-status.ts';

const CREDENTIALS = `
Credentials, from the environment or the options:
  ORCHESTRATOR_URL       where the orchestrator is (http://127.0.0.1:8080)
  ORCHESTRATOR_USERNAME  a user (admin), with
  ORCHESTRATOR_PASSWORD  the password
  ORCHESTRATOR_API_KEY   or a node's key, for sending and for the node's own messages

Exit status: 0 done, 1 failed, 2 wrong usage, 78 wrong configuration.`;

/** Runs one command. Answers its exit status; what went wrong, and what to do about it, is on stderr. */
export async function runCli(options: CliOptions): Promise<number> {
  const context = createContext(options);
  const program = createProgram(context);
  try {
    await program.parseAsync([...options.terminal.arguments], { from: 'user' });
    return context.status;
  } catch (error) {
    // Commander has printed what it had to say: help, or what it did not understand.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    const { status, lines } = explainError(error);
    for (const line of lines) context.complain(line);
    return status;
  }
}

function createProgram(context: Context): Command {
  const program = new Command('npm run cli --')
    .description('Operates the Distribution Orchestrator.')
    .option('--url <url>', 'where the orchestrator is')
    .option('--username <name>', 'the user')
    .option(
      '--password <password>',
      'the password; other users of this machine may see it, so rather set ORCHESTRATOR_PASSWORD',
    )
    .option('--json', 'print JSON, for scripts')
    .addHelpText('after', CREDENTIALS)
    .showHelpAfterError('(--help shows what there is)')
    // Before the commands are added: they take these over.
    .exitOverride()
    .configureOutput({ writeOut: context.write, writeErr: context.writeError });
  addListenCommand(program, context);
  addNodeCommands(program, context);
  addKeyCommands(program, context);
  addMessageCommands(program, context);
  addDeliveryCommands(program, context);
  addSystemCommands(program, context);
  addLogCommand(program, context);
  addUserCommands(program, context);
  addAuditCommands(program, context);
  addConfigCommands(program, context);
  addCompletionCommand(program, context);
  return program;
}
