import type { Database } from '../database.ts';

/** Client assertions that were taken: each is good once, whichever process it comes to. */
export interface AssertionStore {
  /** Whether this one comes for the first time. The insert decides, so that of two at once one is the first. */
  isFirst(issuer: string, jti: string, expiresAt: Date): Promise<boolean>;
}

/** Kept a while longer than they are good, for clocks that are not alike. */
const take = `
WITH gone AS (DELETE FROM client_assertion WHERE expires_at < now() - interval '5 minutes')
INSERT INTO client_assertion (issuer, jti, expires_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1`;

export function createAssertionStore({ pool }: Pick<Database, 'pool'>): AssertionStore {
  return {
    async isFirst(issuer, jti, expiresAt) {
      const { rows } = await pool.query(take, [issuer, jti, expiresAt]);
      return rows.length > 0;
    },
  };
}
