import type { AttemptResult, DeliverableNode, DeliveryResult, DueDelivery, Lease, OutboundMessage } from '#core';
import type { Clock, DeliveryRow, Rows } from '../store/store.ts';
import { judgeChange, type Cause } from './judge-changes.ts';
import { createLeaseBook } from './lease-book.ts';

/** An attempt under way. */
export interface Begun {
  readonly deliveryId: string;
  readonly lease: Lease;
}

/** What a run of a lane read. */
interface Reading {
  readonly node: DeliverableNode;
  readonly lease: Lease;
  readonly deliveryId: string;
  /** When, in changes of the database and in ms. */
  readonly moment: number;
  readonly at: number;
}

/** Since when a delivery has been in its state, in changes of the database, and under whose lease it got there. */
interface Since {
  readonly moment: number;
  readonly lease: string | null;
}

/** As in packages/core, ms. */
const SLICE = 1_000;

/** What makes an interleaving worth playing: a search that never sees these shows little. */
export type Sight =
  | 'lease taken over'
  | 'attempt beside one whose lease was lost'
  | 'attempt of one that became final after its reading'
  | 'failure recorded after its lease was lost'
  | 'success recorded after its lease was lost'
  | 'result of a delivery that was purged'
  | 'second success'
  | 'delivery marked'
  | 'mark refused'
  | Exclude<Cause, 'node' | 'accept' | 'record' | 'mark'>
  | 'frozen';

export interface JudgeOptions {
  readonly clock: Clock;
  readonly isCalm: boolean;
  /** `retry.max` and `delivery.concurrency` of every node. */
  readonly most: { readonly attempts: number; readonly concurrency: number };
  rows(): Promise<Rows>;
}

/**
 * Watches a world from outside and holds it to section 4 of the design, from books of its own: who was told that a lease is theirs,
 * what each run read when, which attempts are under way, and every change of a row with what caused it.
 *
 * It holds true of every interleaving:
 * - an attempt begins only under a lease that stands, and within a slice of the reading that found its delivery pending and due;
 * - it never begins beside another attempt of the same delivery whose lease stands too;
 * - when its delivery is final by then, it became so after that reading, and not under the same lease;
 * - at most `delivery.concurrency` attempts are under way under one lease;
 * - of a fifo node none begins while one before it was pending at the reading and still is;
 * - rows change only as `judgeChange` says; what was accepted is there until the purge takes it.
 *
 * While nothing breaks, also: never two attempts of one delivery at a time, none after a success but by a replay, and never more than
 * `retry.max` in one budget.
 */
export class Judge {
  readonly findings: string[] = [];
  readonly sights = new Set<Sight>();
  rows: Rows = { nodes: [], deliveries: [], attempts: [] };
  readonly #options: JudgeOptions;
  readonly #leases;
  #byId = new Map<string, DeliveryRow>();
  #moment = 0;
  readonly #since = new Map<string, Since>();
  readonly #suspects = new Set<string>();
  /** By the node object that a run took, and by the message object that it read. */
  readonly #runs = new WeakMap<object, Lease>();
  readonly #readings = new WeakMap<object, Reading>();
  readonly #underWay = new Set<Begun>();
  readonly #ended = new WeakSet<AttemptResult>();
  readonly #recorded = new WeakSet<AttemptResult>();
  /** Where the budget began in which a delivery last succeeded. */
  readonly #succeeded = new Map<string, number>();
  readonly #purged = new Set<string>();

  constructor(options: JudgeOptions) {
    this.#options = options;
    this.#leases = createLeaseBook(options.clock);
  }

  finds(mistake: string): void {
    this.findings.push(mistake);
  }

  /** Reads the rows again, and judges what is different from the last time. */
  changed(cause: Cause): Promise<void> {
    return this.#look(cause, null);
  }

  leased(lease: Lease, node: DeliverableNode | null): void {
    const { isTakeover, mistake } = this.#leases.give(lease);
    if (mistake !== null) this.finds(mistake);
    if (isTakeover) this.sights.add('lease taken over');
    if (node !== null) this.#runs.set(node, lease);
  }

  renewed(lease: Lease): void {
    const mistake = this.#leases.renew(lease);
    if (mistake !== null) this.finds(mistake);
  }

  released({ lease, isSuspect }: { lease: Lease; isSuspect: boolean }): void {
    if (!this.#leases.takeBack(lease)) return;
    if (isSuspect) this.#suspects.add(lease.nodeId);
    else this.#suspects.delete(lease.nodeId);
  }

  /** Whether a node's last run left it suspect. */
  isSuspect(nodeId: string): boolean {
    return this.#suspects.has(nodeId);
  }

  read(node: DeliverableNode, due: readonly DueDelivery[]): void {
    const lease = this.#runs.get(node);
    if (lease === undefined) return this.finds(`${node.id}: is read without a lease`);
    const { now } = this.#options.clock;
    for (const { id, message } of due) {
      const row = this.#byId.get(id);
      if (row?.state !== 'pending' || (row.dueAt ?? Infinity) > now) {
        this.finds(`${id}: is read as due, but is ${row?.state ?? 'gone'}, due at ${row?.dueAt}, now ${now}`);
      }
      this.#readings.set(message, { node, lease, deliveryId: id, moment: this.#moment, at: now });
    }
  }

  begins(message: OutboundMessage): Begun {
    const reading = this.#readings.get(message);
    if (reading === undefined) throw new Error('expected a message that was read, got another');
    this.#judgeBeginning(reading);
    const begun = { deliveryId: reading.deliveryId, lease: reading.lease };
    this.#underWay.add(begun);
    return begun;
  }

  /** A lane is to mark a delivery before it attempts it. */
  marked(lease: Lease, isMarked: boolean): Promise<void> {
    if (isMarked && !this.#leases.isLast(lease)) {
      this.finds(`${lease.nodeId}: a delivery is marked under a lease that was lost`);
    }
    this.sights.add(isMarked ? 'delivery marked' : 'mark refused');
    return this.#look('mark', null);
  }

  /** Without a result when it was given up, or its process died. */
  ends(begun: Begun, result: AttemptResult | null): void {
    this.#underWay.delete(begun);
    if (result === null) return;
    this.#ended.add(result);
    if (result.outcome !== 'success') return;
    const { deliveryId } = begun;
    if (this.#succeeded.has(deliveryId)) this.sights.add('second success');
    this.#succeeded.set(deliveryId, this.#byId.get(deliveryId)?.budgetStart ?? 0);
  }

  async records(result: DeliveryResult): Promise<void> {
    const { attempt, delivery, lease } = result;
    await this.#look('record', result);
    if (attempt === null) return;
    if (!this.#ended.has(attempt)) this.finds(`${delivery.id}: an attempt is recorded that has not ended`);
    if (!this.#byId.has(delivery.id)) this.sights.add('result of a delivery that was purged');
    else if (!this.#leases.isLast(lease)) {
      const what = attempt.outcome === 'success' ? 'success' : 'failure';
      this.sights.add(`${what} recorded after its lease was lost`);
    }
    this.#recorded.add(attempt);
  }

  /** Their sender has been answered. */
  accepted(messageIds: readonly string[]): void {
    for (const id of messageIds) {
      const isThere = this.rows.deliveries.some(({ messageId }) => messageId === id);
      if (!isThere && !this.#purged.has(id)) this.finds(`message ${id}: is accepted and not there`);
    }
  }

  async #look(cause: Cause, result: DeliveryResult | null): Promise<void> {
    const before = this.rows;
    const after = await this.#options.rows();
    const isRepeat = result !== null && result.attempt !== null && this.#recorded.has(result.attempt);
    const isLastLease = result !== null && this.#leases.isLast(result.lease);
    this.#moment += 1;
    this.findings.push(...judgeChange({ cause, before, after, result, isRepeat, isLastLease }));
    this.#enter(after, cause, result?.lease.token ?? null);
    if (this.#options.isCalm) this.#judgeBudgets();
  }

  /** Notes what is different. */
  #enter(after: Rows, cause: Cause, lease: string | null): void {
    const before = this.#byId;
    this.rows = after;
    this.#byId = new Map(after.deliveries.map((row) => [row.id, row]));
    for (const { id, state } of after.deliveries) {
      if (before.get(id)?.state === state) continue;
      this.#since.set(id, { moment: this.#moment, lease });
      if (state === 'frozen') this.sights.add('frozen');
      if (cause === 'replay' || cause === 'cancel') this.sights.add(cause);
    }
    for (const { id, messageId } of before.values()) {
      if (this.#byId.has(id)) continue;
      this.#purged.add(messageId);
      this.sights.add('purge');
    }
  }

  #judgeBudgets(): void {
    for (const { id, attempts, budgetStart } of this.rows.deliveries) {
      if (attempts - budgetStart > this.#options.most.attempts) this.finds(`${id}: has more attempts than retry.max`);
    }
  }

  #judgeBeginning(reading: Reading): void {
    const { deliveryId: id, node, lease, at } = reading;
    const { clock, most } = this.#options;
    if (!this.#leases.stands(lease)) this.finds(`${id}: an attempt begins without a standing lease`);
    if (clock.now >= at + SLICE) this.finds(`${id}: an attempt begins ${clock.now - at} ms after its reading`);
    const own = [...this.#underWay].filter((other) => other.lease === lease).length;
    if (own >= most.concurrency) this.finds(`${id}: an attempt begins beside ${own} others`);
    this.#judgeFinal(reading);
    for (const other of this.#underWay) if (other.deliveryId === id) this.#judgeBeside(id, other);
    if (node.ordering === 'fifo') this.#judgeTurn(reading);
  }

  #judgeFinal({ deliveryId: id, lease, moment }: Reading): void {
    const row = this.#byId.get(id);
    if (this.#options.isCalm && row !== undefined && this.#succeeded.get(id) === row.budgetStart) {
      this.finds(`${id}: is attempted after a success`);
    }
    if (row?.state === 'pending') return;
    this.sights.add('attempt of one that became final after its reading');
    const since = this.#since.get(id);
    if (since === undefined || since.moment <= moment || since.lease === lease.token) {
      this.finds(`${id}: is attempted although it was ${row?.state ?? 'gone'} already`);
    }
  }

  #judgeBeside(id: string, other: Begun): void {
    this.sights.add('attempt beside one whose lease was lost');
    if (this.#leases.stands(other.lease)) this.finds(`${id}: two attempts at a time, and both leases stand`);
    else if (this.#options.isCalm) this.finds(`${id}: two attempts at a time`);
  }

  #judgeTurn({ node, deliveryId, moment }: Reading): void {
    const before = this.rows.deliveries.find(
      ({ id, nodeId, state }) =>
        nodeId === node.id &&
        state === 'pending' &&
        Number(id) < Number(deliveryId) &&
        (this.#since.get(id)?.moment ?? 0) <= moment,
    );
    if (before !== undefined) this.finds(`${deliveryId}: is attempted before ${before.id}, out of turn`);
  }
}
