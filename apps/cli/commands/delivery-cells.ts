import type { Delivery, DeliveryState } from '#client';
import { showMoment } from '../output/moment.ts';
import type { Cell } from '../output/table.ts';

export const STATES: readonly DeliveryState[] = ['pending', 'delivered', 'frozen', 'cancelled'];

export const deliveryHead = ['DELIVERY', 'NODE', 'STATE', 'ATTEMPTS', 'WHEN', 'STATUS', 'ERROR'] as const;

/** A delivery as a row: when it falls due, was delivered, or was frozen. */
export function deliveryCells(delivery: Delivery): Cell[] {
  const { id, node, state, attempts, dueAt, deliveredAt, frozenAt, lastStatus, lastError } = delivery;
  const when = { pending: dueAt, delivered: deliveredAt, frozen: frozenAt, cancelled: null }[state];
  return [id, node, state, attempts, showMoment(when), lastStatus, lastError];
}
