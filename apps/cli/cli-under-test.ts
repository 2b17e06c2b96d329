import { PassThrough, Readable } from 'node:stream';
import { runCli } from './run-cli.ts';

/** A run of the command line with a terminal of its own. */
export interface CliRun {
  /** Resolves with the exit status. */
  readonly ended: Promise<number>;
  /** All that was printed so far. */
  stdout(): string;
  stderr(): string;
  /** Resolves as soon as stdout holds the text; rejects when the command ends without. */
  printed(text: string): Promise<void>;
  /** Ctrl-C. */
  interrupt(): void;
}

export interface CliSetting {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly root?: string;
  readonly now?: Date;
  /** Whether stderr is a terminal's. */
  readonly isTTY?: boolean;
}

/** Runs `npm run cli -- ...` in this process. */
export function startCli(
  args: readonly string[],
  { env = {}, stdin = '', root = '/', now, isTTY = false }: CliSetting = {},
): CliRun {
  const stdout = collect();
  const stderr = collect();
  let interrupt: () => void = () => undefined;
  const interrupted = new Promise<void>((resolve) => (interrupt = resolve));
  const ended = runCli({
    terminal: {
      arguments: args,
      env,
      stdin: Readable.from([Buffer.from(stdin)]),
      stdout: stdout.stream,
      stderr: Object.assign(stderr.stream, { isTTY }),
      untilStopped: () => interrupted,
    },
    root,
    now: () => now ?? new Date(),
  });
  return {
    ended,
    stdout: stdout.text,
    stderr: stderr.text,
    printed: (text) =>
      Promise.race([stdout.holds(text), ended.then(() => failUnless(stdout.text().includes(text), text))]),
    interrupt,
  };
}

function failUnless(isThere: boolean, text: string): void {
  if (!isThere) throw new Error(`the command ended without printing ${JSON.stringify(text)}`);
}

function collect() {
  const stream = new PassThrough();
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  return {
    stream,
    text: () => text,
    holds: (wanted: string) =>
      new Promise<void>((resolve) => {
        const look = () => void (text.includes(wanted) && resolve());
        stream.on('data', look);
        look();
      }),
  };
}
