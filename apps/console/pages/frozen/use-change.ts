import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { apply, MOST_WATCHED, settledOf, type Change, type Progress } from './change.ts';

export type Stage =
  | { readonly stage: 'asking' }
  | { readonly stage: 'changing'; readonly progress: Progress }
  | { readonly stage: 'watching'; readonly progress: Progress }
  | { readonly stage: 'done'; readonly progress: Progress }
  | { readonly stage: 'failed'; readonly progress: Progress; readonly error: Error };

const NONE: Progress = { changed: 0, settled: 0, frozenAgain: 0 };

/** Milliseconds between two looks at what became of replayed deliveries. */
const LOOK = 1_000;

/** A change under way: made chunk by chunk, then watched until what was replayed is delivered or has failed again. */
export function useChange(change: Change) {
  const queries = useQueryClient();
  const [stage, setStage] = useState<Stage>({ stage: 'asking' });
  const stopping = useRef(new AbortController());
  useEffect(() => () => stopping.current.abort(), []);

  async function run(): Promise<void> {
    let progress = NONE;
    const { signal } = (stopping.current = new AbortController());
    try {
      const ids = await apply(
        change,
        (changed) => {
          progress = { ...progress, changed };
          setStage({ stage: 'changing', progress });
        },
        signal,
      );
      void queries.invalidateQueries();
      if (change.kind === 'replay') await watch(ids, progress, signal);
      else setStage({ stage: 'done', progress });
    } catch (error) {
      setStage({ stage: 'failed', progress, error: error instanceof Error ? error : new Error(String(error)) });
    }
  }
  async function watch(ids: readonly string[], before: Progress, signal: AbortSignal): Promise<void> {
    const watched = ids.slice(0, MOST_WATCHED);
    let progress = before;
    while (!signal.aborted) {
      progress = { ...progress, ...(await settledOf(watched)) };
      if (progress.settled >= watched.length) break;
      setStage({ stage: 'watching', progress });
      await new Promise((resolve) => setTimeout(resolve, LOOK));
    }
    setStage({ stage: 'done', progress });
    void queries.invalidateQueries();
  }
  return {
    stage,
    start: () => {
      setStage({ stage: 'changing', progress: NONE });
      void run();
    },
    /** What was changed stays changed. */
    stop: () => stopping.current.abort(),
  };
}
