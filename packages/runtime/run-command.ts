import type { Readable, Writable } from 'node:stream';
import { codeOf } from './error-code.ts';
import type { Environment } from './locate-config.ts';

/** What a command has of the process that it runs in. */
export interface Terminal {
  /** What follows the command's own name. */
  readonly arguments: readonly string[];
  readonly env: Environment;
  readonly stdin: Readable;
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable;
  /** Resolves at SIGINT or SIGTERM. As long as nobody has asked, these end the process at once. */
  untilStopped(): Promise<void>;
}

/** What is used of Node's `process`. */
export interface CommandHost {
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly stdin: Readable;
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable;
  exitCode?: number | string | null | undefined;
  on(event: string, listener: () => void): unknown;
  exit(status: number): void;
}

/** Runs a command that answers its exit status, and leaves with it once everything is printed. */
export async function runCommand(
  command: (terminal: Terminal) => Promise<number>,
  host: CommandHost = process,
): Promise<void> {
  const { argv, env, stdin, stdout, stderr } = host;
  // Whoever reads has seen enough, as `head` has: there is nothing left to do.
  stdout.on('error', (error) => host.exit(codeOf(error) === 'EPIPE' ? 0 : 1));
  let stopped: Promise<void> | undefined;
  const untilStopped = () => {
    stopped ??= new Promise((resolve) => {
      // Not `once`: npm passes the terminal's SIGINT on to a process that has had it already.
      for (const signal of ['SIGINT', 'SIGTERM']) host.on(signal, resolve);
    });
    return stopped;
  };
  host.exitCode = await command({ arguments: argv.slice(2), env, stdin, stdout, stderr, untilStopped });
}
