export * from './database.ts';
export * from './due-store.ts';
export * from './intake-store.ts';
export * from './lane-store.ts';
export * from './migrate.ts';
export * from './purge-store.ts';
