import * as fc from 'fast-check';
import { QueueError } from '../queue-error.ts';
import { describeTarget, parseRedisUrl } from './parse-redis-url.ts';

test('one server', () => {
  expect(parseRedisUrl('redis://127.0.0.1')).toMatchObject({
    mode: 'single',
    tls: false,
    addresses: [{ host: '127.0.0.1', port: 6379 }],
    username: undefined,
    password: undefined,
    db: 0,
  });
  expect(parseRedisUrl('rediss://worker:s%40crt@redis.example:6380/3')).toMatchObject({
    tls: true,
    addresses: [{ host: 'redis.example', port: 6380 }],
    username: 'worker',
    password: 's@crt',
    db: 3,
  });
  expect(parseRedisUrl('redis://:secret@[::1]:7000/')).toMatchObject({
    addresses: [{ host: '::1', port: 7000 }],
    username: undefined,
    password: 'secret',
  });
});

test('sentinels, with the name of their group', () => {
  expect(parseRedisUrl('redis+sentinel://:pw@a,b:26380/queues/2?sentinelPassword=other')).toMatchObject({
    mode: 'sentinel',
    addresses: [
      { host: 'a', port: 26_379 },
      { host: 'b', port: 26_380 },
    ],
    password: 'pw',
    master: 'queues',
    db: 2,
    sentinelPassword: 'other',
  });
  expect(parseRedisUrl('redis+sentinel://a')).toMatchObject({ master: 'mymaster', db: 0 });
});

test('a cluster', () => {
  expect(parseRedisUrl('rediss+cluster://a:7000,b:7001,[fd00::1]:7002')).toMatchObject({
    mode: 'cluster',
    tls: true,
    addresses: [
      { host: 'a', port: 7000 },
      { host: 'b', port: 7001 },
      { host: 'fd00::1', port: 7002 },
    ],
  });
});

test.each([
  'redis:/host',
  'http://host',
  'redis://',
  'redis://a,b',
  'redis://a:0',
  'redis://a:65536',
  'redis://a:port',
  'redis://a/x',
  'redis://a/1/2',
  'redis+cluster://a/1',
  'redis+other://a',
  'redis://user:%zz@a',
  'redis+sentinel://a/%zz',
])('%s is refused with the notations there are', (url) => {
  expect(() => parseRedisUrl(url)).toThrow(/queue\.url can't be read.*redis\+sentinel:\/\//);
});

test('no password shows in a name or an error', () => {
  expect(describeTarget(parseRedisUrl('redis+cluster://u:hunter2@a,b'))).toBe('Redis cluster at a:6379,b:6379');
  for (const url of [
    'redis://u:hunter2@a/x',
    'redis://u:hunter2@a:0',
    'http://u:hunter2@a',
    'redis://u:hunter2%zz@a',
  ]) {
    expect(() => parseRedisUrl(url)).toThrow(/^(?!.*hunter2)/);
  }
});

test('whatever the text, it is read or refused, never anything else', () => {
  fc.assert(
    fc.property(fc.string(), (rest) => {
      try {
        expect(parseRedisUrl(`redis+sentinel://${rest}`).addresses.length).toBeGreaterThan(0);
      } catch (error) {
        expect(error).toBeInstanceOf(QueueError);
      }
    }),
  );
});
