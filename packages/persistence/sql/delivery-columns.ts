/** What deliveries are shown with, of `d`. */
export const deliveryColumns = `d.id, d.node_id AS node, d.state, d.attempts, d.due_at AS "dueAt", d.last_status AS "lastStatus",
  d.last_error AS "lastError", d.delivered_at AS "deliveredAt", d.frozen_at AS "frozenAt"`;
