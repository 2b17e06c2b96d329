import type { Api, CallOptions } from '../http/api.ts';

/** Which parts of what one has read are old. */
export interface Change {
  readonly overview: boolean;
  readonly nodes: boolean;
  readonly frozen: boolean;
  /** There are new log records. */
  readonly logged: boolean;
  /** What was counted in the last two minutes, by kind; null when nobody listened until now. */
  readonly counts: Readonly<Record<string, number>> | null;
}

export interface Changes {
  /**
   * Tells that something changed, every two seconds at most, until it is given up by the signal or by leaving the loop. The first one,
   * and one after each time that the stream was cut, says that anything may have: what is read from then on, no change of it is missed.
   */
  follow(options?: CallOptions): AsyncGenerator<Change, void, undefined>;
}

const ANYTHING: Change = { overview: true, nodes: true, frozen: true, logged: true, counts: null };

export function createChanges(api: Api): Changes {
  return {
    async *follow(options) {
      for await (const event of api.events({ method: 'GET', path: '/api/v1/changes', ...options })) {
        if (event === null) yield ANYTHING;
        else if (event.name === 'changed') yield JSON.parse(event.data) as Change;
      }
    },
  };
}
