import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync, closeSync } from 'node:fs';
import { join } from 'node:path';

export interface Question {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

export type Answer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'value'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: string };

/** A process of the bench: its functions can be called, each with one argument that survives structured cloning. */
export interface Child<Calls> {
  readonly pid: number;
  readonly calls: Calls;
  /** Rejects when it ends without having been stopped. */
  readonly failed: Promise<never>;
  /** Ends it, and resolves when it is gone. */
  stop(): Promise<void>;
}

/** Starts `bench/processes/<name>`, which hands its functions to `answerCalls`. What it prints goes to the file `log`. */
export async function startChild<Calls extends object>(name: string, log = '/dev/null'): Promise<Child<Calls>> {
  const output = openSync(log, 'w');
  const child = fork(join(import.meta.dirname, `../processes/${name}.js`), {
    serialization: 'advanced',
    stdio: ['ignore', output, 'inherit', 'ipc'],
  });
  closeSync(output);
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  const exited = once(child, 'exit');
  const failed = exited.then(([code, signal]) => {
    const error = new Error(`the process ${name} ended by itself (${String(signal ?? code)})`);
    for (const { reject } of waiting.values()) reject(error);
    throw error;
  });
  failed.catch(() => undefined);
  const ready = new Promise<void>((resolve) => {
    child.on('message', (answer: Answer) => {
      if (answer.kind === 'ready') return resolve();
      const waiter = waiting.get(answer.id);
      waiting.delete(answer.id);
      if (answer.kind === 'value') waiter?.resolve(answer.value);
      else waiter?.reject(new Error(`in the process ${name}: ${answer.error}`));
    });
  });
  await Promise.race([ready, failed]);

  let asked = 0;
  function ask(name: string, argument: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      asked += 1;
      waiting.set(asked, { resolve, reject });
      child.send({ id: asked, name, argument } satisfies Question);
    });
  }
  return {
    pid: pidOf(child),
    failed,
    calls: new Proxy({} as Calls, { get: (_, name) => (argument: unknown) => ask(String(name), argument) }),
    async stop() {
      // What is still asked stays unanswered: who stops it has lost interest.
      waiting.clear();
      child.kill('SIGKILL');
      await exited;
    },
  };
}

export function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error(`${child.spawnfile} could not be started`);
  return child.pid;
}
