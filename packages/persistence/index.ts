export * from './database.ts';
export * from './embedded/start-embedded-postgres.ts';
export { EmbeddedPostgresError, type EmbeddedPostgresErrorCode } from './embedded/embedded-postgres-error.ts';
