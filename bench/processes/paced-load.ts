import { randomUUID } from 'node:crypto';
import { Pool } from 'undici';
import { answerCalls } from '../machine/answer-calls.ts';
import { monotonic } from '../machine/monotonic.ts';

/** A sender that keeps to its pace whatever becomes of what it sent: an open loop. */
export interface PacedLoad {
  /** Sends messages of our own kind, one a request, to the nodes in turn; answers what was accepted when, by our id. */
  send(options: {
    /** `http://127.0.0.1:PORT` */
    readonly url: string;
    readonly key: string;
    /** The payload's JSON. */
    readonly payload: string;
    readonly nodes: readonly string[];
    readonly count: number;
    readonly perSecond: number;
  }): Promise<readonly Accepted[]>;
}

export interface Accepted {
  readonly id: string;
  /** When the 202 was there, in ms on the machine's clock. */
  readonly at: number;
}

/** Ms between looks at what is due to be sent. */
const TURN = 2;

type Post = (body: string) => Promise<Accepted>;

function createPost(url: string, key: string): Post {
  const pool = new Pool(url, { connections: null, pipelining: 1 });
  const headers = ['content-type', 'application/json', 'x-api-key', key];
  return async (body) => {
    const answer = await pool.request({ method: 'POST', path: '/api/v1/messages', headers, body });
    const at = monotonic();
    const { id } = (await answer.body.json()) as { id: string };
    if (answer.statusCode !== 202) throw new Error(`expected 202, got ${answer.statusCode}`);
    return { id, at };
  };
}

answerCalls<PacedLoad>({
  send: ({ url, key, payload, nodes, count, perSecond }) =>
    new Promise((resolve, reject) => {
      const post = createPost(url, key);
      const answers: Promise<Accepted>[] = [];
      const startedAt = monotonic();
      const timer = setInterval(() => {
        const due = Math.min(count, Math.floor(((monotonic() - startedAt) * perSecond) / 1000));
        while (answers.length < due) {
          const node = nodes[answers.length % nodes.length];
          const head = `{"id":"${randomUUID()}","type":"container.gate-in","destinations":["${node}"]`;
          answers.push(post(`${head},"payload":${payload}}`));
        }
        if (answers.length < count) return;
        clearInterval(timer);
        Promise.all(answers).then(resolve, reject);
      }, TURN);
    }),
});
