import type pg from 'pg';

/**
 * Runs statements in one transaction, which is committed unless `keep` says otherwise of what they came to. Rejects with what failed; an
 * error at COMMIT leaves open whether it was made.
 */
export async function inTransaction<Result>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<Result>,
  keep: (result: Result) => boolean = () => true,
): Promise<Result> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query(keep(result) ? 'COMMIT' : 'ROLLBACK');
    return result;
  } catch (error) {
    broken = error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    // A transaction that failed half-way goes with its connection: the server rolls it back.
    client.release(broken);
  }
}
