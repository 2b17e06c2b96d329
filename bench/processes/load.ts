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
    /** Nodes that each message goes to; 0: it names none, and goes to whoever subscribed. */
    readonly destinations: number;
    /** Requests in flight, each on a connection of its own. */
    readonly connections: number;
  }): Promise<number>;
}

const poster = createPoster();

answerCalls<Load>({
  send({ url, key, payload, nodes, requests, batch, destinations, connections }) {
    const headers = ['content-type', 'application/json', 'x-api-key', key];
    let sent = 0;
    const named = () => {
      if (destinations === 0) return '';
      const names = Array.from({ length: destinations }, (_, i) => nodes[(sent + i) % nodes.length]);
      return `"destinations":${JSON.stringify(names)},`;
    };
    const message = () => {
      sent += 1;
      return `{"id":"${randomUUID()}","type":"container.gate-in",${named()}"payload":${payload}}`;
    };
    const single = () => ({ origin: url, path: '/api/v1/messages', headers, body: message() });
    const list = () => ({
      origin: url,
      path: '/api/v1/messages/batch',
      headers,
      body: `{"messages":[${Array.from({ length: batch }, message).join(',')}]}`,
    });
    const post = batch === 1 ? single : list;
    return poster.postMany({ count: requests, concurrency: connections, isExpected: (status) => status === 202, post });
  },
});
