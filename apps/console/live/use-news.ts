import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { SESSION_KEY } from '../api/session.ts';

/** What `/changes` tells: which parts have news. */
interface News {
  readonly overview: boolean;
  readonly nodes: boolean;
  readonly frozen: boolean;
  readonly logged: boolean;
}

/** Milliseconds between two readings of the same thing. */
const SPACE = 4_000;

/** Milliseconds after which a stream is asked for again that was refused. */
const RETRY = 5_000;

export type Connection = 'connecting' | 'live' | 'lost';

/** Follows the server's events while a page is shown, and reads again what they say has changed. */
export function useNews(): Connection {
  const queries = useQueryClient();
  const [connection, setConnection] = useState<Connection>('connecting');
  const [tries, setTries] = useState(0);
  useEffect(() => {
    const source = new EventSource('/api/v1/changes');
    let again: ReturnType<typeof setTimeout> | undefined;
    const refresh = spaced((parts) => {
      for (const part of parts) void queries.invalidateQueries({ queryKey: [part] });
    });
    source.addEventListener('open', () => {
      setConnection('live');
      // What happened while nobody listened.
      void queries.invalidateQueries();
    });
    source.addEventListener('error', () => {
      setConnection('lost');
      // After an answer that is no stream, such as a 503, a browser does not try again by itself.
      if (source.readyState === EventSource.CLOSED) again = setTimeout(() => setTries(tries + 1), RETRY);
      void queries.invalidateQueries({ queryKey: SESSION_KEY });
    });
    source.addEventListener('changed', ({ data }: MessageEvent<string>) => {
      refresh.ask(partsOf(JSON.parse(data) as News));
    });
    return () => {
      source.close();
      clearTimeout(again);
      refresh.stop();
    };
  }, [queries, tries]);
  return connection;
}

/** The first words of the keys of what is old now. */
function partsOf(news: News): readonly string[] {
  return [
    ...(news.overview ? ['overview', 'messages'] : []),
    ...(news.nodes ? ['nodes'] : []),
    ...(news.frozen || news.logged ? ['frozen'] : []),
    ...(news.logged ? ['log'] : []),
  ];
}

/**
 * Reads at once what is asked for first, and then at most every few seconds: under load there is always news. What was told last is read
 * once more, since the server answers by figures of a moment before, and no news comes when nothing happens any more.
 */
function spaced(read: (parts: ReadonlySet<string>) => void) {
  let asked = new Set<string>();
  let before = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function go(): void {
    timer = undefined;
    const parts = new Set([...asked, ...before]);
    before = asked;
    asked = new Set();
    if (parts.size === 0) return;
    read(parts);
    timer = setTimeout(go, SPACE);
  }
  return {
    ask(parts: readonly string[]): void {
      for (const part of parts) asked.add(part);
      if (timer === undefined) go();
    },
    stop: () => clearTimeout(timer),
  };
}
