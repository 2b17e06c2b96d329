export * from './api.ts';
export * from './start-system.ts';
export * from './start-process.ts';
export * from './test-config.ts';
