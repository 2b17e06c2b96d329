import { poolConfig } from './pool-config.ts';

test("the URL's own server options are kept beside BullMQ's search path", () => {
  const url = 'postgres://u:p%40ss@db.example:5433/app?sslmode=require&options=-c%20statement_timeout%3D5s';
  expect(poolConfig(url, 2)).toMatchObject({
    connectionString: 'postgres://u:p%40ss@db.example:5433/app?sslmode=require',
    options: '-c statement_timeout=5s -c synchronous_commit=off',
    schema: 'bullmq',
    max: 2,
  });
});

test('the queue does not wait for the disk', () => {
  expect(poolConfig('postgres://u@h/app', 1)).toMatchObject({ options: '-c synchronous_commit=off' });
});
