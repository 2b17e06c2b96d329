import { readQueueUrl } from './queue-url.ts';

test('the database and a single Redis are told apart', () => {
  expect(readQueueUrl('database')).toEqual({ kind: 'database' });
  for (const url of ['redis://h', 'redis://u:p@h:1/2', 'rediss://[::1]:6380']) {
    expect(readQueueUrl(url)).toEqual({ kind: 'redis', url });
  }
});

test('Sentinels come with the name of what they watch, default ports, and logins of their own', () => {
  expect(readQueueUrl('redis+sentinel://a,[::1]:1/main')).toEqual({
    kind: 'sentinel',
    name: 'main',
    db: 0,
    tls: false,
    hosts: [
      { host: 'a', port: 26_379 },
      { host: '::1', port: 1 },
    ],
  });
  expect(readQueueUrl('rediss+sentinel://u:p%40:x@a/main/3?sentinelUsername=s&sentinelPassword=t')).toEqual({
    kind: 'sentinel',
    name: 'main',
    db: 3,
    tls: true,
    hosts: [{ host: 'a', port: 26_379 }],
    username: 'u',
    password: 'p@:x',
    sentinelUsername: 's',
    sentinelPassword: 't',
  });
});

test('a cluster is a list of hosts', () => {
  expect(readQueueUrl('redis+cluster://:p@a:7000,b')).toEqual({
    kind: 'cluster',
    tls: false,
    password: 'p',
    hosts: [
      { host: 'a', port: 7000 },
      { host: 'b', port: 6_379 },
    ],
  });
});

test.each([
  '',
  'postgres://h',
  'redis:h',
  'redis://',
  'redis://h:99999',
  'redis://h/main',
  'redis://u:%zz@h',
  'redis+sentinel://a',
  'redis+sentinel://a,,b/main',
  'redis+sentinel://a/main/x',
  'redis+cluster://a/1',
  'redis+cluster://u:%zz@a',
])('%p is no queue URL', (url) => {
  expect(readQueueUrl(url)).toBeNull();
});
