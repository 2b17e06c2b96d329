/** What is stored under each (origin, sender_id), with the state of its deliveries: the answer to a repeated call. */
export const findRepeated = `
SELECT m.id, m.origin, m.sender_id, m.fingerprint, m.unrouted,
       COALESCE((SELECT json_agg(json_build_object('node', d.node_id, 'state', d.state) ORDER BY d.id)
                 FROM delivery d WHERE d.message_id = m.id), '[]') AS deliveries
FROM unnest($1::text[], $2::text[]) AS t(origin, sender_id)
JOIN message m ON m.origin = t.origin AND m.sender_id = t.sender_id`;
