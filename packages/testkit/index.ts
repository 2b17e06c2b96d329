export * from './describe-back-ends.ts';
export * from './postgres/start-test-postgres.ts';
export * from './recording-report.ts';
export * from './redis/start-test-redis.ts';
export type { Answer, Fault } from './node/answer.ts';
export * from './node/certificates.ts';
export * from './node/counting-node.ts';
export * from './node/test-node.ts';
export * from './store/open-test-store.ts';
