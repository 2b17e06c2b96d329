import type {
  DeliverableNode,
  DeliveryResult,
  DueDelivery,
  HeldLane,
  Lease,
  NewMessage,
  OutboundMessage,
  Recorded,
  StoreOutcome,
  TakenLane,
} from '#core';
import type { AttemptRow, Clock, DeliveryRow, NodeState, Store, WorkerLanes } from './store.ts';

/** As in packages/persistence, ms. */
const LEASE = 20_000;
/** Age from which the purge takes what is final, ms. */
const PURGE_AGE = 1;

type Delivery = { -readonly [Key in keyof DeliveryRow]: DeliveryRow[Key] } & { finalAt: number };

interface Lane {
  token: string | null;
  leasedUntil: number;
  suspect: boolean;
  recalled: boolean;
}

interface Tables {
  readonly nodes: Map<string, NodeState>;
  readonly messages: Map<string, OutboundMessage>;
  /** In the order of their ids. */
  readonly deliveries: Map<string, Delivery>;
  readonly attempts: AttemptRow[];
  readonly lanes: Map<string, Lane>;
  lastId: number;
}

/**
 * What the SQL of packages/persistence promises, statement by statement, in a form that can be read in one go: the reference that the
 * twin store holds PostgreSQL to, and fast enough for a hundred thousand interleavings.
 */
export function createMemoryStore(clock: Clock): Store {
  const tables: Tables = {
    nodes: new Map(),
    messages: new Map(),
    deliveries: new Map(),
    attempts: [],
    lanes: new Map(),
    lastId: 0,
  };
  const { nodes, deliveries } = tables;
  const at = <Result>(work: () => Result) => new Promise<Result>((resolve) => resolve(work()));

  return {
    lanes: (_worker, now) => memoryLanes(tables, clock, now),
    intake: {
      store: (message) => at(() => storeMessage(tables, clock, message)),
      storeAll: (messages) => at(() => messages.map((message) => storeMessage(tables, clock, message))),
    },
    dueNodes: () => at(() => dueNodes(tables, clock)),
    haveDue: (nodeIds) =>
      at(() => {
        const due = new Set(dueNodes(tables, clock).map(({ nodeId }) => nodeId));
        return nodeIds.filter((nodeId) => due.has(nodeId));
      }),
    replay: (includeDelivered) => at(() => replay(tables, clock, includeDelivered)),
    cancel: (id) =>
      at(() =>
        cancel(
          tables,
          [...deliveries.values()].filter((delivery) => delivery.id === id),
          clock,
        ),
      ),
    putNode: (id, node) =>
      at(() => {
        nodes.set(id, node);
        recall(tables, [id]);
      }),
    setPaused: (id, paused) =>
      at(() => {
        const node = nodes.get(id);
        if (node === undefined) return;
        nodes.set(id, { ...node, paused });
        recall(tables, [id]);
      }),
    deleteNode: (id) => at(() => void (nodes.delete(id) && recall(tables, [id]))),
    cancelPendingOf: (id) => at(() => void cancel(tables, pendingOf(tables, id), clock)),
    addresses: () => at(() => [...nodes.keys()].map((id) => ({ id, did: null, subscriptions: [] }))),
    purge: () => at(() => purge(tables, clock)),
    rows: () =>
      at(() => ({
        nodes: [...nodes].map(([id, node]) => ({ id, ...node })).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
        deliveries: [...deliveries.values()].map(({ finalAt: _, ...row }) => row),
        attempts: tables.attempts.toSorted(
          (a, b) => Number(a.deliveryId) - Number(b.deliveryId) || a.number - b.number,
        ),
      })),
  };
}

function memoryLanes(tables: Tables, clock: Clock, now: () => number): WorkerLanes {
  const at = <Result>(work: () => Result) => new Promise<Result>((resolve) => resolve(work()));
  return {
    take: (nodeId, token) => at(() => take(tables, clock, { nodeId, token, coveredUntil: now() + LEASE })),
    readDue: (node, most) => at(() => readDue(tables, clock, node, most)),
    record: (result) => at(() => record(tables, clock, result, now())),
    release: (lease, { suspect }) => at(() => release(tables, clock, lease, suspect)),
    cancelOrphans: (nodeId) =>
      at(() => (tables.nodes.has(nodeId) ? 0 : cancelRows(pendingOf(tables, nodeId), clock).length)),
    renew: (leases) => at(() => renew(tables, clock, leases, now() + LEASE)),
  };
}

function take(tables: Tables, clock: Clock, lease: Lease): TakenLane | HeldLane {
  const { nodeId, token } = lease;
  const lane = tables.lanes.get(nodeId);
  if (lane !== undefined && lane.token !== null && lane.token !== token && lane.leasedUntil >= clock.now) {
    return { kind: 'held', seconds: (lane.leasedUntil - clock.now) / 1000 };
  }
  const suspect = lane?.suspect ?? false;
  const recalled = lane?.recalled ?? false;
  tables.lanes.set(nodeId, { token, leasedUntil: clock.now + LEASE, suspect, recalled });
  const node = tables.nodes.get(nodeId);
  return { kind: 'taken', lease, node: node === undefined ? null : deliverable(nodeId, node), suspect, recalled };
}

function deliverable(id: string, { ordering, paused }: NodeState): DeliverableNode {
  return {
    id,
    url: 'http://127.0.0.1',
    protocol: 'webhook',
    ordering,
    paused,
    policy: {},
    auth: { type: 'none' },
    secrets: [],
  };
}

function renew(tables: Tables, clock: Clock, leases: readonly Lease[], coveredUntil: number): void {
  for (const lease of leases) {
    const lane = tables.lanes.get(lease.nodeId);
    const stands = lane?.token === lease.token;
    if (stands) lane.leasedUntil = clock.now + LEASE;
    lease.coveredUntil = stands ? coveredUntil : 0;
  }
}

function release(tables: Tables, clock: Clock, lease: Lease, suspect: boolean): number | null {
  const lane = tables.lanes.get(lease.nodeId);
  if (lane?.token === lease.token) Object.assign(lane, { token: null, leasedUntil: 0, suspect, recalled: false });
  const node = tables.nodes.get(lease.nodeId);
  if (node === undefined || node.paused) return null;
  const next = nextDue(tables, lease.nodeId);
  return next === null ? null : (next - clock.now) / 1000;
}

function pendingOf({ deliveries }: Tables, nodeId: string): Delivery[] {
  return [...deliveries.values()].filter((delivery) => delivery.nodeId === nodeId && delivery.state === 'pending');
}

/** When the next delivery of a node falls due; of a fifo node, its head. */
function nextDue(tables: Tables, nodeId: string): number | null {
  const dueTimes = pendingOf(tables, nodeId).map(({ dueAt }) => dueAt ?? Infinity);
  if (dueTimes.length === 0) return null;
  return tables.nodes.get(nodeId)?.ordering === 'fifo' ? (dueTimes[0] ?? null) : Math.min(...dueTimes);
}

function dueNodes(tables: Tables, clock: Clock) {
  const nodeIds = new Set([...tables.deliveries.values()].map(({ nodeId }) => nodeId));
  return [...nodeIds].toSorted().flatMap((nodeId) => {
    const lane = tables.lanes.get(nodeId);
    const isLeased = lane !== undefined && lane.token !== null && lane.leasedUntil >= clock.now;
    if (isLeased || tables.nodes.get(nodeId)?.paused === true) return [];
    const next = nextDue(tables, nodeId);
    if (next === null || next > clock.now) return [];
    return [{ nodeId, suspect: lane?.suspect ?? false, late: (clock.now - next) / 1000 }];
  });
}

function readDue(
  tables: Tables,
  clock: Clock,
  node: Pick<DeliverableNode, 'id' | 'ordering'>,
  most: number,
): DueDelivery[] {
  const pending = pendingOf(tables, node.id);
  const isDue = ({ dueAt }: Delivery) => dueAt !== null && dueAt <= clock.now;
  if (node.ordering === 'fifo') {
    const head = pending.slice(0, most);
    const notYet = head.findIndex((delivery) => !isDue(delivery));
    return head.slice(0, notYet === -1 ? head.length : notYet).flatMap((delivery) => dueDelivery(tables, delivery));
  }
  const due = pending
    .filter(isDue)
    .toSorted((a, b) => Number(a.dueAt) - Number(b.dueAt) || Number(a.id) - Number(b.id));
  return due.slice(0, most).flatMap((delivery) => dueDelivery(tables, delivery));
}

function dueDelivery(tables: Tables, { id, attempts, budgetStart, messageId }: Delivery): DueDelivery[] {
  const message = tables.messages.get(messageId);
  return message === undefined ? [] : [{ id, attempts, failures: attempts - budgetStart, message: { ...message } }];
}

function record(tables: Tables, clock: Clock, result: DeliveryResult, now: number): Recorded | null {
  const { delivery, lease, decision, attempt } = result;
  const row = tables.deliveries.get(delivery.id);
  if (row === undefined) return null;
  const lane = tables.lanes.get(lease.nodeId);
  const standing = lane?.token === lease.token;
  if (attempt !== null) {
    row.attempts += 1;
    const { outcome } = attempt;
    tables.attempts.push({ deliveryId: row.id, number: row.attempts, lease: lease.token, outcome });
  }
  if (row.state === 'pending' && (standing || decision.state === 'delivered')) {
    row.state = decision.state;
    const endedAgo = attempt === null ? 0 : now - attempt.endedAt;
    row.dueAt = decision.state === 'pending' ? clock.now - endedAgo + decision.delay * 1000 : null;
    row.finalAt = clock.now;
  }
  if (!standing) lease.coveredUntil = 0;
  return { state: row.state, attempts: row.attempts, standing, recalled: standing && lane.recalled };
}

function storeMessage(tables: Tables, clock: Clock, message: NewMessage): StoreOutcome {
  tables.messages.set(message.id, { ...message, createdAt: new Date(clock.now) });
  for (const nodeId of message.nodes) {
    tables.lastId += 1;
    const id = String(tables.lastId);
    const fresh = { state: 'pending', attempts: 0, budgetStart: 0, dueAt: clock.now, finalAt: 0 } as const;
    tables.deliveries.set(id, { id, messageId: message.id, nodeId, ...fresh });
  }
  return { kind: 'stored', unrouted: message.nodes.length === 0 };
}

function replay(tables: Tables, clock: Clock, includeDelivered: boolean): string[] {
  const revived = [...tables.deliveries.values()].filter(
    ({ state, nodeId }) =>
      (state === 'frozen' || (includeDelivered && state === 'delivered')) && tables.nodes.has(nodeId),
  );
  for (const row of revived) Object.assign(row, { state: 'pending', dueAt: clock.now, budgetStart: row.attempts });
  return nodesOf(revived);
}

function cancel(tables: Tables, candidates: readonly Delivery[], clock: Clock): string[] {
  recall(tables, nodesOf(candidates));
  return cancelRows(candidates, clock);
}

/** Has the runs that are under way end. */
function recall({ lanes }: Tables, nodeIds: readonly string[]): void {
  for (const nodeId of nodeIds) {
    const lane = lanes.get(nodeId) ?? { token: null, leasedUntil: 0, suspect: false };
    lanes.set(nodeId, { ...lane, recalled: true });
  }
}

function cancelRows(candidates: readonly Delivery[], clock: Clock): string[] {
  const cancelled = candidates.filter(({ state }) => state === 'pending' || state === 'frozen');
  for (const row of cancelled) Object.assign(row, { state: 'cancelled', dueAt: null, finalAt: clock.now });
  return nodesOf(cancelled);
}

function nodesOf(deliveries: readonly Delivery[]): string[] {
  return [...new Set(deliveries.map(({ nodeId }) => nodeId))].toSorted();
}

function purge(tables: Tables, clock: Clock): void {
  for (const messageId of tables.messages.keys()) {
    const own = [...tables.deliveries.values()].filter((delivery) => delivery.messageId === messageId);
    const isOld = ({ state, finalAt }: Delivery) => state !== 'pending' && finalAt < clock.now - PURGE_AGE;
    if (own.length === 0 || !own.every(isOld)) continue;
    tables.messages.delete(messageId);
    for (const { id } of own) {
      tables.deliveries.delete(id);
      for (let i = tables.attempts.length - 1; i >= 0; i -= 1) {
        if (tables.attempts[i]?.deliveryId === id) tables.attempts.splice(i, 1);
      }
    }
  }
}
