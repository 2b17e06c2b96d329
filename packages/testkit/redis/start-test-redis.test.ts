import { redisAvailable, startTestRedis, type TestRedis } from './start-test-redis.ts';

// Without a redis-server on the PATH `describeBackEnds` says loudly what was left out; in CI that is a failure.
const whenAvailable = redisAvailable() ? describe : describe.skip;

whenAvailable('a test Redis', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startTestRedis({ appendonly: true });
  });
  afterAll(() => redis.stop());

  test('keeps its data over a kill and restart', async () => {
    await redis.command('SET key value');
    await redis.kill();
    await expect(redis.command('GET key')).rejects.toThrow('ECONNREFUSED');
    await redis.restart();
    await expect(redis.command('EXISTS key')).resolves.toBe(':1\r\n');
  });

  test('comes back empty when asked for', async () => {
    await redis.command('SET key value');
    await redis.restart({ empty: true });
    await expect(redis.command('EXISTS key')).resolves.toBe(':0\r\n');
  });

  test('loses everything at a flush', async () => {
    await redis.command('SET key value');
    await redis.flush();
    await expect(redis.command('DBSIZE')).resolves.toBe(':0\r\n');
  });

  test('does not evict, as a queue needs it', async () => {
    await expect(redis.command('CONFIG GET maxmemory-policy')).resolves.toContain('noeviction');
    await expect(redis.command('CONFIG SET maxmemory-policy nonsense')).rejects.toThrow('redis: CONFIG SET');
  });
});
