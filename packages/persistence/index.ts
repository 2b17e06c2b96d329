export * from './database.ts';
export * from './stores/open-node.ts';
