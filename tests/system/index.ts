export * from './api.ts';
export * from './documents.ts';
export * from './registered-node.ts';
export * from './reply.ts';
export * from './start-system.ts';
export * from './start-process.ts';
export * from './test-config.ts';
export * from './wait-until.ts';
