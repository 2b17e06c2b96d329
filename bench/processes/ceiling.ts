import { answerCalls } from '../machine/answer-calls.ts';
import { createPoster } from './post-many.ts';
import type { Sample } from './receivers.ts';

/** What the machine can do at best: the requests of a delivery, posted and forgotten. */
export interface Ceiling {
  /** Posts the sample again and again, to the origins in turn; answers the seconds it took. */
  post(options: {
    readonly origins: readonly string[];
    readonly sample: Sample;
    readonly count: number;
    readonly concurrency: number;
  }): Promise<number>;
}

const poster = createPoster();

answerCalls<Ceiling>({
  post({ origins, sample: { path, headers, body }, count, concurrency }) {
    const bytes = Buffer.from(body);
    const requests = origins.map((origin) => ({ origin, path, headers, body: bytes }));
    const [some] = requests;
    if (some === undefined) throw new Error('no origin to post to');
    return poster.postMany({ count, concurrency, status: 200, post: (n) => requests[n % requests.length] ?? some });
  },
});
