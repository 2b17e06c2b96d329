import { EMPTY, nodeOf } from './registration.ts';

test('what is empty is left to the defaults', () => {
  expect(nodeOf({ ...EMPTY, url: ' https://customs.example/in ', name: '' })).toEqual({
    url: 'https://customs.example/in',
    protocol: 'webhook',
    ordering: 'none',
    auth: { type: 'none' },
  });
});

test('every part of a node has its place', () => {
  const draft = {
    protocol: 'federated',
    ordering: 'fifo',
    url: 'https://customs.example',
    name: 'Customs',
    did: 'did:web:customs.example',
    subscriptions: 'a.*\nb.>',
    'policy.timeout': '7.5',
    'policy.retry.delay.fixed': '60',
    'policy.retry.max': '0',
    'auth.type': 'basic',
    'auth.username': 'us',
    'auth.password': 'pw',
    'tls.ca': 'PEM',
  };
  expect(nodeOf(draft)).toEqual({
    protocol: 'federated',
    ordering: 'fifo',
    url: 'https://customs.example',
    name: 'Customs',
    did: 'did:web:customs.example',
    subscriptions: ['a.*', 'b.>'],
    policy: { timeout: 7.5, retry: { delay: { fixed: 60 }, max: 0 } },
    auth: { type: 'basic', username: 'us', password: 'pw' },
    tls: { ca: 'PEM' },
  });
});

test('what was typed for another way of saying who we are stays out', () => {
  expect(nodeOf({ ...EMPTY, 'auth.type': 'bearer', 'auth.token': 't', 'auth.username': 'us' })).toMatchObject({
    auth: { type: 'bearer', token: 't' },
  });
});
