import type { Database } from '#persistence';

/** A statement as it was planned and run. */
export interface Plan {
  readonly statement: string;
  readonly lines: readonly string[];
}

type Query = { readonly text: string; readonly values?: readonly unknown[] };

/** A pool that has each statement explained, with its real parameters and figures, before it runs it. Changes are explained in a transaction that is undone. */
export function explainingPool(pool: Database['pool']): { pool: Database['pool']; plans: Plan[] } {
  const plans: Plan[] = [];

  async function explain({ text, values = [] }: Query): Promise<void> {
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      const { rows } = await client.query<{ 'QUERY PLAN': string }>(`EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) ${text}`, [
        ...values,
      ]);
      plans.push({ statement: text.trim(), lines: rows.map((row) => row['QUERY PLAN']) });
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  }

  const proxy = new Proxy(pool, {
    get(target, property) {
      if (property === 'query') {
        return async (config: string | Query, values?: unknown[]) => {
          const query = typeof config === 'string' ? { text: config, values: values ?? [] } : config;
          await explain(query);
          return target.query(query.text, [...(query.values ?? [])]);
        };
      }
      const value: unknown = Reflect.get(target, property);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { pool: proxy, plans };
}
