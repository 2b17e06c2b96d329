import type { Client, NewKey, Node, Protocol } from '#client';
import { codeOf } from '#runtime';
import { FailedError } from '../command-error.ts';
import { readArrival, type ShownAuth } from './read-arrival.ts';
import { startReceiver, type ReceivedRequest, type Receiver } from './receiver.ts';
import { registerNode } from './register.ts';
import type { Answered } from './show-arrival.ts';

export interface ListenOptions {
  readonly id: string;
  readonly protocol: Protocol;
  readonly did?: string | undefined;
  /** Patterns of message types. */
  readonly subscriptions?: readonly string[] | undefined;
  readonly auth: ShownAuth;
  /** 0 takes a free one. */
  readonly port: number;
  /** What is answered to a delivery that is as it should be. */
  readonly status: number;
  /** Seconds before that answer. */
  readonly delay: number;
  /** Makes a key to send with, that is revoked at the end. */
  readonly key: boolean;
  /** Deletes the node at the end. */
  readonly unregister: boolean;
  /** Takes over a node that is somewhere else. */
  readonly replace: boolean;
}

export interface ListenPorts {
  readonly client: Pick<Client, 'nodes' | 'keys'>;
  /** Signs this node's deliveries. */
  readonly secret: string;
  now(): Date;
  pause(seconds: number): Promise<void>;
  untilStopped(): Promise<void>;
  onListening(node: Node, key: NewKey | null): void;
  onArrival(answered: Answered): void;
}

/** Ids that are remembered to tell repeats. */
const MOST_REMEMBERED = 10_000;

/** Plays a node until it is stopped. */
export async function listen(options: ListenOptions, ports: ListenPorts): Promise<void> {
  const receiver = await openReceiver(options, ports);
  try {
    const { id, protocol, did, subscriptions, auth, replace } = options;
    const { nodes, keys } = ports.client;
    const { url } = receiver;
    const { secret } = ports;
    const node = await registerNode(nodes, { id, url, protocol, secret, auth, did, subscriptions, replace });
    const stopped = ports.untilStopped();
    const key = options.key ? await keys.create(id, 'listen') : null;
    ports.onListening(node, key);
    await stopped;
    if (options.unregister) await nodes.delete(id);
    else if (key !== null) await keys.delete(id, key.id);
  } finally {
    await receiver.close();
  }
}

function openReceiver(options: ListenOptions, ports: ListenPorts): Promise<Receiver> {
  const hasSeen = createMemory();

  async function answer(request: ReceivedRequest) {
    const judgement = await readArrival(request, { ...options, secret: ports.secret }, ports.now());
    if (judgement.ok) await ports.pause(options.delay);
    const status = judgement.ok ? options.status : judgement.status;
    const isRepeat = judgement.ok && hasSeen(judgement.arrival.id);
    ports.onArrival({ at: ports.now(), judgement, status, isRepeat });
    return { status, text: judgement.ok ? `${options.id} has it` : judgement.reason };
  }

  return startReceiver(options.port, answer).catch((error: unknown) => {
    if (codeOf(error) === 'EADDRINUSE') {
      throw new FailedError(`port ${options.port} is taken: take another --port, or none for a free one`);
    }
    throw error;
  });
}

/** Whether an id has been asked about before. */
function createMemory(): (id: string) => boolean {
  const seen = new Set<string>();
  return (id) => {
    if (seen.has(id)) return true;
    seen.add(id);
    const oldest = seen.values().next();
    if (seen.size > MOST_REMEMBERED && !oldest.done) seen.delete(oldest.value);
    return false;
  };
}
