import { checkRedis } from './check-redis.ts';

const info = (policy: string, version: string) =>
  `# Server\r\nredis_version:${version}\r\nmaxmemory_policy:${policy}\r\n`;

test.each(['allkeys-lru', 'volatile-lru', 'volatile-ttl', 'allkeys-random'])(
  '%s is refused with what to do',
  (policy) => {
    expect(() => checkRedis(info(policy, '7.2.4'), 'Redis at a:6379')).toThrow(
      `Redis at a:6379 has maxmemory-policy "${policy}", and so may throw jobs away when its memory is full. ` +
        'Set "maxmemory-policy noeviction" in its configuration (CONFIG SET maxmemory-policy noeviction).',
    );
  },
);

test.each(['3.2.1', '5.0.14', '6.0.16'])('version %s is too old', (version) => {
  expect(() => checkRedis(info('noeviction', version), 'Redis')).toThrow(
    `is version ${version}; at least 6.2 is needed`,
  );
});

test.each(['6.2.0', '7.0.15', '8.10.0', '10.0.0'])('version %s will do', (version) => {
  expect(() => checkRedis(info('noeviction', version), 'Redis')).not.toThrow();
});
