import { createHash } from 'node:crypto';
import { startTestNode, type Answer, type Fault, type ReceivedRecord, type ReceivedRequest } from '#testkit';

/** Answers one node's requests; `index` counts them from 0. */
export type Behaviour = Answer | ((request: ReceivedRequest, index: number) => Answer);

/** Many nodes behind one server, told apart by the path, so that thousands cost no more than one. */
export interface Receivers {
  /** Where a node gets its messages. */
  urlOf(node: string): string;
  /** How a node answers; 200 unless told. */
  behave(node: string, behaviour: Behaviour): void;
  /** How all nodes answer that were not told. */
  behaveAll(behaviour: Behaviour): void;
  /** The requests of one node. */
  requestsOf(node: string): readonly ReceivedRequest[];
  /** How many requests there were. */
  readonly count: number;
  /** Resolves as soon as there were so many requests, of one node if it is named; rejects after `within` ms (120,000). */
  waitFor(count: number, node?: string, within?: number): Promise<void>;
  /** Resolves when all that was sent by now, by processes that may be gone already, has been taken note of. */
  caughtUp(): Promise<void>;
  /** All of it, as the judge wants it. */
  records(): ReceivedRecord[];
  close(): Promise<void>;
}

const PATIENCE = 120_000;
const PATH = /^\/n\/([^/?]+)/;

/** Of these the status line goes out, and what comes after it is no answer in order. */
const FAULTS_WITH_STATUS: readonly Fault[] = ['drip-body', 'endless-body', 'short-body', 'reset-after-headers'];

export async function startReceivers(): Promise<Receivers> {
  const behaviours = new Map<string, Behaviour>();
  const byNode = new Map<string, ReceivedRequest[]>();
  const given = new Map<ReceivedRequest, Answer>();
  let others: Behaviour = {};

  const server = await startTestNode({
    script(request) {
      const requests = requestsOf(nodeOf(request));
      const behaviour = behaviours.get(nodeOf(request)) ?? others;
      const answer = typeof behaviour === 'function' ? behaviour(request, requests.length) : behaviour;
      requests.push(request);
      given.set(request, answer);
      return answer;
    },
  });

  function requestsOf(node: string): ReceivedRequest[] {
    const requests = byNode.get(node) ?? [];
    byNode.set(node, requests);
    return requests;
  }

  return {
    urlOf: (node) => `${server.url}/n/${node}`,
    behave: (node, behaviour) => void behaviours.set(node, behaviour),
    behaveAll(behaviour) {
      others = behaviour;
    },
    requestsOf,
    get count() {
      return server.requests.length;
    },
    async waitFor(count, node, within = PATIENCE) {
      const isThere = () => (node === undefined ? server.requests : requestsOf(node)).length >= count;
      await server.waitFor(isThere, within);
    },
    async caughtUp() {
      // A request takes several turns of the event loop, each of which reads from every connection that has something to read.
      await fetch(`${server.url}/caught-up`);
    },
    records: () => server.requests.map((request) => recordOf(request, given.get(request) ?? {})),
    close: () => server.close(),
  };
}

function nodeOf({ path }: ReceivedRequest): string {
  return PATH.exec(path)?.[1] ?? '';
}

function recordOf(request: ReceivedRequest, { fault, status = 200 }: Answer): ReceivedRecord {
  const { arrivedAt, endedAt, answered } = request;
  return {
    node: nodeOf(request),
    message: request.headers['webhook-id'] ?? '',
    digest: digestOf(payloadOf(request)),
    arrivedAt,
    endedAt,
    status: fault !== undefined && FAULTS_WITH_STATUS.includes(fault) ? status : answered,
  };
}

/** The bytes that the sender handed in: to a federated node they are wrapped. */
function payloadOf({ path, body }: ReceivedRequest): Buffer {
  if (!path.endsWith('/api/message')) return body;
  const { message } = JSON.parse(body.toString('utf8')) as { message: string };
  return Buffer.from(message, 'base64');
}

/** SHA-256, hex. */
export function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
