import type { Answer, Question } from './start-child.ts';

/** Lets the process that started this one call these functions. Ends this process when that one is gone. */
export function answerCalls<Calls extends object>(calls: Calls): void {
  process.on('disconnect', () => process.exit());
  process.on('message', (question: Question) => void answer(calls, question));
  send({ kind: 'ready' });
}

async function answer(calls: object, { id, name, argument }: Question): Promise<void> {
  try {
    const call = Reflect.get(calls, name) as (argument: unknown) => Promise<unknown>;
    send({ kind: 'value', id, value: await call(argument) });
  } catch (error) {
    send({ kind: 'error', id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

function send(answer: Answer): void {
  process.send?.(answer);
}
