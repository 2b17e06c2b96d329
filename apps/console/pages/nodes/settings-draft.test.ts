import type { Node } from '#client';
import { draftOf, patchOf } from './settings-draft.ts';

const node: Node = {
  id: 'customs',
  did: null,
  name: 'Customs',
  url: 'https://customs.example',
  protocol: 'webhook',
  auth: { type: 'api-key', header: 'x-key' },
  ordering: 'none',
  paused: false,
  subscriptions: ['a.*', 'b.>'],
  policy: { timeout: 5, retry: { max: 3, delay: { fixed: 60 } } },
};

function patchAfter(changes: Readonly<Record<string, string>>, of = node) {
  return patchOf(of, { ...draftOf(of), ...changes });
}

test('nothing changed is nothing to send', () => {
  expect(patchAfter({})).toEqual({});
});

test('only what was changed is sent', () => {
  expect(patchAfter({ name: ' Customs NL ', 'policy.retry.max': '0' })).toEqual({
    name: 'Customs NL',
    policy: { retry: { max: 0 } },
  });
});

test('an override that was emptied goes, and the others stay', () => {
  expect(patchAfter({ 'policy.retry.delay.fixed': '', 'policy.timeout': '' })).toEqual({
    policy: { timeout: null, retry: { delay: { fixed: null } } },
  });
});

test('subscriptions are a pattern a line, or a word; none is a list, too', () => {
  expect(patchAfter({ subscriptions: 'a.*\nc.d  e.>\n', ordering: 'fifo' })).toEqual({
    ordering: 'fifo',
    subscriptions: ['a.*', 'c.d', 'e.>'],
  });
  expect(patchAfter({ subscriptions: '' })).toEqual({ subscriptions: [] });
});

test('how we say who we are is sent whole, with what belongs to its kind', () => {
  expect(patchAfter({ 'auth.value': 'k2' })).toEqual({ auth: { type: 'api-key', header: 'x-key', value: 'k2' } });
  expect(patchAfter({ 'auth.type': 'basic', 'auth.username': 'us', 'auth.password': 'pw' })).toEqual({
    auth: { type: 'basic', username: 'us', password: 'pw' },
  });
  expect(patchAfter({ 'auth.type': 'none' })).toEqual({ auth: { type: 'none' } });
});

test('certificates are sent whole; emptied, the connection has none of its own', () => {
  const mutual: Node = { ...node, tls: { ca: 'PEM 1', certificate: 'PEM 2', privateKey: true } };
  expect(patchAfter({}, mutual)).toEqual({});
  expect(patchAfter({ 'tls.privateKey': 'PEM 3' }, mutual)).toEqual({
    tls: { ca: 'PEM 1', certificate: 'PEM 2', privateKey: 'PEM 3' },
  });
  expect(patchAfter({ 'tls.ca': '', 'tls.certificate': '' }, mutual)).toEqual({ tls: null });
});
