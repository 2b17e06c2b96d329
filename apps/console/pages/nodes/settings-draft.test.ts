import type { Node } from '#client';
import { draftOf, patchOf } from './settings-draft.ts';

const node: Node = {
  id: 'customs',
  did: null,
  name: 'Customs',
  url: 'https://customs.example',
  protocol: 'webhook',
  auth: { type: 'none' },
  ordering: 'none',
  paused: false,
  subscriptions: ['a.*', 'b.>'],
  policy: { timeout: 5, retry: { max: 3, delay: { fixed: 60 } } },
};

test('nothing changed is nothing to send', () => {
  expect(patchOf(node, draftOf(node))).toEqual({});
});

test('only what was changed is sent', () => {
  expect(patchOf(node, { ...draftOf(node), name: ' Customs NL ', max: '0' })).toEqual({
    name: 'Customs NL',
    policy: { retry: { max: 0 } },
  });
});

test('an override that was emptied goes, and the others stay', () => {
  expect(patchOf(node, { ...draftOf(node), fixed: '', timeout: '' })).toEqual({
    policy: { timeout: null, retry: { delay: { fixed: null } } },
  });
});

test('subscriptions are a pattern a line, or a word', () => {
  expect(patchOf(node, { ...draftOf(node), subscriptions: 'a.*\nc.d  e.>\n', ordering: 'fifo' })).toEqual({
    ordering: 'fifo',
    subscriptions: ['a.*', 'c.d', 'e.>'],
  });
});
