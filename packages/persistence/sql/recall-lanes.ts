/**
 * Has whoever works on a lane give it back before it begins another attempt: its node changed, or deliveries that it may have read
 * already must not be attempted any more. Written in the transaction of that change, or after it.
 *
 * The lane's row is locked, so that recordings that are under way end first, and those that come later are answered with the recall. A
 * lane that nobody holds is recalled as well, and one that never was is made: a statement that takes it at this very moment may answer the
 * node as it was before. The next run then ends at once, and clears the recall. `nodes`: an expression of node ids, each once.
 */
export function recallLanes(nodes: string): string {
  return `
  INSERT INTO lane (node_id, recalled)
  SELECT node_id, true FROM (${nodes}) AS n(node_id) ORDER BY node_id
  ON CONFLICT (node_id) DO UPDATE SET recalled = true
  RETURNING node_id`;
}
