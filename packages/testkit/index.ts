export * from './describe-back-ends.ts';
export * from './postgres/start-test-postgres.ts';
export * from './recording-report.ts';
export * from './redis/start-test-redis.ts';
export * from './until.ts';
