import { readQueueUrl } from '#core';
import { nameRedis, type RedisAddress } from './redis-address.ts';

test.each([
  ['redis://u:hunter2@redis.example/3', 'Redis at redis.example:6379'],
  ['rediss://:hunter2@[::1]:6380', 'Redis at [::1]:6380'],
  ['redis+sentinel://u:hunter2@a,b:1/main?sentinelPassword=hunter2', 'Redis sentinel at a:26379,b:1'],
  ['redis+cluster://u:hunter2@a,b:1', 'Redis cluster at a:6379,b:1'],
])('%s is named without its password', (url, name) => {
  expect(nameRedis(readQueueUrl(url) as RedisAddress)).toBe(name);
});
