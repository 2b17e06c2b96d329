import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

/** What `/changes` tells: which parts have news. */
interface News {
  readonly overview: boolean;
  readonly nodes: boolean;
  readonly frozen: boolean;
  readonly logged: boolean;
}

/** Milliseconds between two readings of the same thing. */
const SPACE = 4_000;

export type Connection = 'connecting' | 'live' | 'lost';

/** Follows the server's events while a page is shown, and reads again what they say has changed. */
export function useNews(): Connection {
  const queries = useQueryClient();
  const [connection, setConnection] = useState<Connection>('connecting');
  useEffect(() => {
    const source = new EventSource('/api/v1/changes');
    const refresh = spaced((parts: ReadonlySet<string>) => {
      for (const part of parts) void queries.invalidateQueries({ queryKey: [part] });
    });
    source.addEventListener('open', () => {
      setConnection('live');
      // What happened while nobody listened.
      void queries.invalidateQueries();
    });
    source.addEventListener('error', () => setConnection('lost'));
    source.addEventListener('changed', ({ data }: MessageEvent<string>) => {
      refresh.ask(partsOf(JSON.parse(data) as News));
    });
    return () => {
      source.close();
      refresh.stop();
    };
  }, [queries]);
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

/** Reads at once what is asked for first, and then at most every few seconds: under load there is always news. */
function spaced(read: (parts: ReadonlySet<string>) => void) {
  let asked = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function go(): void {
    timer = undefined;
    if (asked.size === 0) return;
    const parts = asked;
    asked = new Set();
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
