import type { DueDelivery, DueNode, HeldLane, TakenLane } from '#core';
import { isDeepStrictEqual } from 'node:util';
import type { Rows, Store, WorkerLanes } from './store.ts';

/**
 * Two stores that are asked the same and must answer the same, to the millisecond. The answers are those of `actual`; `expected` says
 * what they should be.
 */
export function createTwinStore(expected: Store, actual: Store): Store {
  let differences: string[] = [];

  async function same<Result>(
    what: string,
    ask: (store: Store) => Promise<Result>,
    shown: (result: Result) => unknown = (result) => result,
  ): Promise<Result> {
    const wanted = shown(await ask(expected));
    const result = await ask(actual);
    compare(what, wanted, shown(result));
    return result;
  }

  function compare(what: string, wanted: unknown, got: unknown): void {
    if (isDeepStrictEqual(wanted, got)) return;
    differences.push(`${what}: expected ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`);
  }

  function twinLanes(worker: string, now: () => number): WorkerLanes {
    const lanes = new Map([expected, actual].map((store) => [store, store.lanes(worker, now)]));
    const of = (store: Store) => lanes.get(store) ?? store.lanes(worker, now);
    return {
      take: (nodeId, token) => same(`take ${nodeId}`, (store) => of(store).take(nodeId, token), shownLane),
      readDue: (node, most) => same(`read ${node.id}`, (store) => of(store).readDue(node, most), shownDue),
      mark: (lease, delivery, delay) => same(`mark ${delivery.id}`, (store) => of(store).mark(lease, delivery, delay)),
      record: (result) => same(`record ${result.delivery.id}`, (store) => of(store).record(result)),
      release: (lease, state) => same(`release ${lease.nodeId}`, (store) => of(store).release(lease, state), inMs),
      cancelOrphans: (nodeId) => same(`cancel orphans of ${nodeId}`, (store) => of(store).cancelOrphans(nodeId)),
      async renew(leases) {
        const copies = leases.map((lease) => ({ ...lease }));
        await of(expected).renew(copies);
        await of(actual).renew(leases);
        compare('renew', copies, leases);
      },
    };
  }

  return {
    lanes: twinLanes,
    intake: {
      store: (message) => same('store', (store) => store.intake.store(message)),
      storeAll: (messages) => same('store all', (store) => store.intake.storeAll(messages)),
    },
    dueNodes: () => same('due nodes', (store) => store.dueNodes(), shownNodes),
    haveDue: (nodeIds) => same('have due', (store) => store.haveDue(nodeIds)),
    replay: (includeDelivered) => same('replay', (store) => store.replay(includeDelivered)),
    cancel: (id) => same(`cancel ${id}`, (store) => store.cancel(id)),
    cancelPendingOf: (id) => same(`cancel what is pending for ${id}`, (store) => store.cancelPendingOf(id)),
    putNode: (id, node) => same(`put ${id}`, (store) => store.putNode(id, node)),
    setPaused: (id, paused) => same(`pause ${id}`, (store) => store.setPaused(id, paused)),
    deleteNode: (id) => same(`delete ${id}`, (store) => store.deleteNode(id)),
    addresses: () =>
      same(
        'addresses',
        (store) => store.addresses(),
        (addresses) => addresses.map(({ id }) => id).toSorted(),
      ),
    purge: () => same('purge', (store) => store.purge()),
    rows: () => same<Rows>('rows', (store) => store.rows()),
    differences() {
      const found = differences;
      differences = [];
      return found;
    },
  };
}

/** Seconds as pg computes them from microseconds, and as memory does from milliseconds. */
function inMs(seconds: number | null): number | null {
  return seconds === null ? null : Math.round(seconds * 1000);
}

function shownNodes(nodes: readonly DueNode[]): unknown {
  return nodes.map(({ nodeId, suspect, late }) => ({ nodeId, suspect, late: inMs(late) }));
}

function shownLane(lane: TakenLane | HeldLane): unknown {
  if (lane.kind === 'held') return { held: inMs(lane.seconds) };
  const { lease, node, suspect, recalled, uncleanEnds } = lane;
  return { lease: { ...lease }, suspect, recalled, uncleanEnds, node: node && [node.id, node.ordering, node.paused] };
}

function shownDue(due: readonly DueDelivery[]): unknown {
  return due.map(({ message, ...delivery }) => ({ ...delivery, message: message.id }));
}
