import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A shell that lines are pasted into. */
export interface ShellTerminal {
  /** All that was printed so far. */
  printed(): string;
  /** Pastes lines; resolves when all of them have ended, or something that goes on has printed `running`. Rejects when one fails. */
  paste(lines: string, running: string): Promise<void>;
  /** Resolves as soon as a text is printed that was not there when `paste` was called last. */
  shows(text: string): Promise<void>;
  /** Ctrl-C, and then the end of the shell. */
  close(): Promise<void>;
}

const DONE = '(these lines are done)';

export function openTerminal(cwd: string, env: NodeJS.ProcessEnv): ShellTerminal {
  // A process group of its own, as a terminal gives it: Ctrl-C reaches whatever runs in it.
  const shell = spawn('bash', ['-e', '-o', 'pipefail'], { cwd, env, detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = once(shell, 'close');
  const changed = new Set<() => void>();
  let output = '';
  let since = 0;
  for (const stream of [shell.stdout, shell.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      for (const look of changed) look();
    });
  }

  function shows(...texts: readonly string[]): Promise<void> {
    const seen = new Promise<void>((resolve) => {
      const look = () => {
        if (texts.some((text) => output.includes(text, since))) resolve();
      };
      changed.add(look);
      look();
    });
    const failed = ended.then(([status]) => {
      throw new Error(`the shell ended (${String(status)}) before ${texts.join(' or ')}:\n${output}`);
    });
    return Promise.race([seen, failed]);
  }

  return {
    printed: () => output,
    paste(lines, running) {
      since = output.length;
      shell.stdin.write(`${lines}\necho '${DONE}'\n`);
      return shows(running, DONE);
    },
    shows: (text) => shows(text),
    async close() {
      shell.stdin.end();
      if (shell.exitCode === null && shell.signalCode === null) process.kill(-(shell.pid ?? 0), 'SIGINT');
      await ended;
    },
  };
}
