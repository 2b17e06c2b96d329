import { randomUUID } from 'node:crypto';
import { answerCalls } from '../machine/answer-calls.ts';
import { createPoster } from './post-many.ts';

/** A sender with many connections. */
export interface Load {
  /** Sends messages of our own kind, each with an id of its own, to the nodes in turn; answers the seconds it took. */
  send(options: {
    /** `http://127.0.0.1:PORT` */
    readonly url: string;
    readonly key: string;
    /** The payload's JSON. */
    readonly payload: string;
    readonly nodes: readonly string[];
    readonly requests: number;
    /** Messages in a request: one by the single call, more by the batch call. */
    readonly batch: number;
    /** Requests in flight, each on a connection of its own. */
    readonly connections: number;
  }): Promise<number>;
}

const poster = createPoster();

answerCalls<Load>({
  send({ url, key, payload, nodes, requests, batch, connections }) {
    const headers = ['content-type', 'application/json', 'x-api-key', key];
    let sent = 0;
    const message = () => {
      sent += 1;
      const node = nodes[sent % nodes.length];
      return `{"id":"${randomUUID()}","type":"container.gate-in","destinations":["${node}"],"payload":${payload}}`;
    };
    const single = () => ({ origin: url, path: '/api/v1/messages', headers, body: message() });
    const list = () => ({
      origin: url,
      path: '/api/v1/messages/batch',
      headers,
      body: `{"messages":[${Array.from({ length: batch }, message).join(',')}]}`,
    });
    const post = batch === 1 ? single : list;
    return poster.postMany({ count: requests, concurrency: connections, status: 202, post });
  },
});
