import { answerCalls } from '../machine/answer-calls.ts';
import { FAILURE } from './failure.ts';
import { createPoster } from './post-many.ts';
import type { Sample } from './receivers.ts';

/** What the machine can do at best: the requests of a delivery, posted and forgotten. */
export interface Ceiling {
  /** Posts the sample again and again, to the nodes in turn, which live at the origins in turn; answers the seconds it took. */
  post(options: {
    readonly origins: readonly string[];
    readonly nodes: readonly string[];
    readonly sample: Sample;
    readonly count: number;
    readonly concurrency: number;
  }): Promise<number>;
}

const poster = createPoster();

answerCalls<Ceiling>({
  post({ origins, nodes, sample: { headers, body }, count, concurrency }) {
    const bytes = Buffer.from(body);
    const requests = nodes.map((node, i) => ({
      origin: origins[i % origins.length] ?? '',
      path: `/${node}`,
      headers,
      body: bytes,
    }));
    const [some] = requests;
    if (some === undefined) throw new Error('no node to post to');
    const isExpected = (status: number) => status === 200 || status === FAILURE;
    return poster.postMany({ count, concurrency, isExpected, post: (n) => requests[n % requests.length] ?? some });
  },
});
