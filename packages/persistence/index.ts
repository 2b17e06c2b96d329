export * from './database.ts';
export * from './due-store.ts';
export * from './embedded/start-embedded-postgres.ts';
export * from './intake-store.ts';
export * from './lane-store.ts';
export * from './migrate.ts';
export * from './purge-store.ts';
export * from './stores/open-node.ts';
export { EmbeddedPostgresError, type EmbeddedPostgresErrorCode } from './embedded/embedded-postgres-error.ts';
