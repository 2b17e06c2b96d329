import { Pool } from 'undici';

/** One request, all but the origin. */
export interface Post {
  readonly origin: string;
  readonly path: string;
  readonly headers: string[];
  readonly body: Buffer | string;
}

export interface PostManyOptions {
  readonly count: number;
  /** Requests in flight, over all origins. */
  readonly concurrency: number;
  /** The n-th request, from 0. */
  post(n: number): Post;
  /** Whether an answer's status is right. */
  isExpected(status: number): boolean;
}

/** Posts over kept-alive connections that are left open for the next time. */
export interface Poster {
  /** Resolves with the seconds from the first request to the last answer. Rejects at the first answer that is not as expected. */
  postMany(options: PostManyOptions): Promise<number>;
}

/** As raw as undici goes: its dispatch, without a promise or a stream an answer. */
export function createPoster(): Poster {
  const pools = new Map<string, Pool>();

  function poolOf(origin: string): Pool {
    const known = pools.get(origin);
    if (known !== undefined) return known;
    const pool = new Pool(origin, { connections: null, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 });
    pools.set(origin, pool);
    return pool;
  }

  return {
    postMany: ({ count, concurrency, post, isExpected }) =>
      new Promise((resolve, reject) => {
        const startedAt = performance.now();
        let begun = 0;
        let answered = 0;

        function next(): void {
          if (begun === count) return;
          const { origin, ...request } = post(begun);
          begun += 1;
          let got = 0;
          poolOf(origin).dispatch(
            { method: 'POST', ...request },
            {
              onRequestStart: () => undefined,
              onResponseStart: (_, status) => void (got = status),
              onResponseData: () => undefined,
              onResponseError: (_, error) => reject(error),
              onResponseEnd: () => {
                if (!isExpected(got)) return reject(new Error(`did not expect ${got} from ${origin}`));
                answered += 1;
                if (answered === count) resolve((performance.now() - startedAt) / 1000);
                else next();
              },
            },
          );
        }
        for (let i = 0; i < Math.min(concurrency, count); i += 1) next();
      }),
  };
}
