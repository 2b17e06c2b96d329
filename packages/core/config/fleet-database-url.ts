import type { Config } from './config-schema.ts';

/** The database that the processes of a fleet share. Throws when it is the embedded one, which serves a single process. */
export function fleetDatabaseUrl({ database: { url } }: Pick<Config, 'database'>): string {
  if (url !== 'embedded') return url;
  throw new Error(
    'database.url is "embedded", which serves one process: use npm start, or give the fleet a postgres:// URL',
  );
}
