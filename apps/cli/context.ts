import type { Command } from 'commander';
import { createClient, type Client } from '#client';
import type { Terminal } from '#runtime';
import { credentialsOf, urlOf, type Connection } from './connection.ts';
import { EXIT } from './exit-status.ts';

export interface CliOptions {
  readonly terminal: Terminal;
  /** What `PYC_ROOT` falls back to. */
  readonly root: string;
  now(): Date;
}

/** What commands work with. */
export interface Context extends CliOptions {
  /** The exit status of a command that came to its end. */
  status: number;
  write(text: string): void;
  writeError(text: string): void;
  /** A line on stderr: what is wrong, or what is not part of the result. */
  complain(line: string): void;
  /** Prints a result: as JSON where that was asked for, else as what `render` makes of it. */
  show(command: Command, document: unknown, render: () => string): void;
  isJson(command: Command): boolean;
  /** The client that the options and the environment describe. With `sending`, as a node where both it and a user are named. */
  connect(command: Command, options?: { readonly sending?: boolean }): Client;
}

export function createContext(options: CliOptions): Context {
  const { stdout, stderr, env } = options.terminal;
  const write = (text: string) => void stdout.write(text);
  const writeError = (text: string) => void stderr.write(text);
  const isJson = (command: Command) => command.optsWithGlobals<{ json?: boolean }>().json === true;

  return {
    ...options,
    status: EXIT.ok,
    write,
    writeError,
    complain: (line) => writeError(`${line}\n`),
    isJson,
    show(command, document, render) {
      write(`${isJson(command) ? JSON.stringify(document, null, 2) : render()}\n`);
    },
    connect(command, { sending = false } = {}) {
      const given = command.optsWithGlobals<Connection>();
      return createClient({ url: urlOf(given, env), credentials: credentialsOf(given, env, { sending }) });
    },
  };
}
