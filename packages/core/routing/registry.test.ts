import { createRegistry } from './registry.ts';

const registry = createRegistry([
  { id: 'a', did: 'did:web:a', subscriptions: ['x.*', 'x.y'] },
  { id: 'b', did: null, subscriptions: [] },
  { id: 'c', did: 'b', subscriptions: ['x.>'] },
]);

test('a node is found by its id, else by its DID', () => {
  expect(registry.find('a')?.id).toBe('a');
  expect(registry.find('did:web:a')?.id).toBe('a');
  expect(registry.find('b')?.id).toBe('b');
  expect(registry.find('__proto__')).toBeUndefined();
});

test('names are resolved in order, each node once, and the unknown ones told apart', () => {
  expect(registry.resolve(['did:web:a', 'b', 'a', 'b'])).toEqual({ nodes: ['a', 'b'], unknown: [] });
  expect(registry.resolve(['x', 'b', 'y', 'x'])).toEqual({ nodes: ['b'], unknown: ['x', 'y'] });
});

test('a broadcast goes to all but one', () => {
  expect(registry.allBut('b')).toEqual(['a', 'c']);
  expect(createRegistry([]).allBut('b')).toEqual([]);
});

test('a node with two patterns that match is subscribed once', () => {
  expect(registry.subscribedTo('x.y')).toEqual(['a', 'c']);
  expect(registry.subscribedTo('y')).toEqual([]);
});
