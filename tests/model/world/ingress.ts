import { createAcceptMessages, createRegistry, createWaker, type Call, type LiveRegistry } from '#core';
import type { NodeState } from '../store/store.ts';
import { expectCut, type Surroundings } from './worker.ts';

/** What senders and operators ask of the system. */
export type Command =
  | { readonly kind: 'accept'; readonly to: readonly string[] }
  /** Cancels the n-th delivery that was ever made. */
  | { readonly kind: 'cancel'; readonly nth: number }
  | { readonly kind: 'replay'; readonly includeDelivered: boolean }
  | { readonly kind: 'pause' | 'resume' | 'delete' | 'register'; readonly node: string }
  | { readonly kind: 'purge' };

/** The ingress process: the real acceptance and waking, and what the management calls do, without HTTP. */
export interface Ingress {
  readonly name: string;
  isFrozen: boolean;
  obey(command: Command): void;
}

export interface IngressSurroundings extends Pick<
  Surroundings,
  'store' | 'jobs' | 'wire' | 'judge' | 'report' | 'breakage'
> {
  nextMessageId(): string;
  /** As they are registered anew after a deletion. */
  readonly nodes: Readonly<Record<string, NodeState>>;
}

export function createIngress(name: string, surroundings: IngressSurroundings): Ingress {
  const { store, jobs, wire, judge, report, breakage, nodes, nextMessageId } = surroundings;
  const expected = expectCut(judge);
  /** What the registry in memory knows: that a node is gone it learns a little late. */
  let known = Object.keys(nodes);

  const ask = <Result>(what: string, effect: () => Promise<Result>, after?: (result: Result) => void | Promise<void>) =>
    wire.send<Result>({ from: name, to: 'database', name: what, effect, ...(after && { after }) });
  const waker = createWaker(
    (nodeIds) =>
      wire.send({ from: name, to: 'queue', name: `wake ${nodeIds.join()}`, effect: () => jobs.wake(nodeIds) }),
    report,
  );

  async function refresh() {
    const addresses = await ask('load the registry', () => store.addresses());
    known = addresses.map(({ id }) => id);
    return registryOf(known);
  }
  const registry: LiveRegistry = { start: () => Promise.resolve(), current: () => registryOf(known), refresh };

  const accept = createAcceptMessages({
    registry,
    waker,
    nextId: nextMessageId,
    intake: {
      store(message) {
        const stored = ask(
          `store a message for ${message.nodes.join()}`,
          () => store.intake.store(message),
          () => judge.changed('accept'),
        );
        if (!breakage.answersBeforeCommit) return stored;
        stored.catch(expected);
        return Promise.resolve({ kind: 'stored', unrouted: false });
      },
      storeAll: () => Promise.reject(new Error('one at a time here')),
    },
  });

  async function handIn(to: readonly string[]): Promise<void> {
    const acceptance = await accept({ kind: 'node', nodeId: SENDER }, [callFor(to)]);
    if (acceptance.kind === 'accepted') judge.accepted(acceptance.messages.map(({ id }) => id));
  }

  async function cancel(nth: number): Promise<void> {
    const id = judge.rows.deliveries[nth]?.id;
    if (id === undefined) return;
    waker.later(
      await ask(
        `cancel ${id}`,
        () => store.cancel(id),
        () => judge.changed('cancel'),
      ),
    );
  }

  async function replay(includeDelivered: boolean): Promise<void> {
    waker.later(
      await ask(
        'replay',
        () => store.replay(includeDelivered),
        () => judge.changed('replay'),
      ),
    );
  }

  /** A statement that changes a node, and nothing else. */
  const change = (what: string, effect: () => Promise<void>) => ask(what, effect, () => judge.changed('node'));

  async function resume(node: string): Promise<void> {
    await change(`resume ${node}`, () => store.setPaused(node, false));
    waker.later([node]);
  }

  async function remove(node: string): Promise<void> {
    await change(`delete ${node}`, () => store.deleteNode(node));
    void refresh().catch(expected);
    await ask(
      `cancel what is pending for ${node}`,
      () => store.cancelPendingOf(node),
      () => judge.changed('cancel'),
    );
  }

  async function register(node: string): Promise<void> {
    const state = nodes[node];
    if (state === undefined) throw new Error(`there never was a node ${node}`);
    await change(`register ${node}`, () => store.putNode(node, state));
    waker.later([node]);
    await refresh();
  }

  function begin(command: Command): Promise<void> {
    switch (command.kind) {
      case 'accept':
        return handIn(command.to);
      case 'cancel':
        return cancel(command.nth);
      case 'replay':
        return replay(command.includeDelivered);
      case 'pause':
        return change(`pause ${command.node}`, () => store.setPaused(command.node, true));
      case 'resume':
        return resume(command.node);
      case 'delete':
        return remove(command.node);
      case 'register':
        return register(command.node);
      case 'purge':
        return ask(
          'purge',
          () => store.purge(),
          () => judge.changed('purge'),
        );
    }
  }

  return { name, isFrozen: false, obey: (command) => void begin(command).catch(expected) };
}

/** Only sends; its registration is never touched. */
const SENDER = 'terminal';

function registryOf(ids: readonly string[]) {
  return createRegistry([...ids, SENDER].map((id) => ({ id, did: null, subscriptions: [] })));
}

function callFor(to: readonly string[]): Call {
  return {
    senderId: null,
    type: 'container.gate-in',
    contentType: 'application/json',
    payload: Buffer.from('{}'),
    recordedTime: null,
    eventType: null,
    attributes: null,
    origin: null,
    route: 'named',
    destinations: to,
  };
}
