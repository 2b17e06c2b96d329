import { createLiveRegistry } from './live-registry.ts';
import type { NodeAddress } from './node.ts';

const node = (id: string): NodeAddress => ({ id, did: null, subscriptions: [] });
const turns = () => new Promise((resolve) => setImmediate(resolve));

/** A source whose loads, and pauses between them, end when the test says so. */
function setUp() {
  const loads: PromiseWithResolvers<NodeAddress[]>[] = [];
  const pauses: PromiseWithResolvers<void>[] = [];
  const warnings: string[] = [];
  let changed: () => void = () => undefined;
  const registry = createLiveRegistry({
    source: {
      load: () => opened(loads),
      onChange: (listener) => (changed = listener),
    },
    report: { debug: ignore, info: ignore, error: ignore, warn: (event) => void warnings.push(event) },
    pause: () => opened(pauses),
  });
  return { registry, loads, pauses, warnings, change: () => changed() };
}

const ignore = () => undefined;

interface PromiseWithResolvers<Value> {
  promise: Promise<Value>;
  resolve(value: Value): void;
  reject(error: Error): void;
}

function opened<Value>(list: PromiseWithResolvers<Value>[]): Promise<Value> {
  let settle: Omit<PromiseWithResolvers<Value>, 'promise'> | undefined;
  const promise = new Promise<Value>((resolve, reject) => (settle = { resolve, reject }));
  if (settle !== undefined) list.push({ promise, ...settle });
  return promise;
}

test('there is nothing to ask before the start', async () => {
  const { registry, loads } = setUp();
  expect(() => registry.current()).toThrow(/not loaded/);
  const started = registry.start();
  await turns();
  loads[0]?.resolve([node('a')]);
  await started;
  expect(registry.current().find('a')).toBeDefined();
});

test('a start without a database fails', async () => {
  const { registry, loads } = setUp();
  const started = expect(registry.start()).rejects.toThrow('gone');
  await turns();
  loads[0]?.reject(new Error('gone'));
  await started;
});

test('a change is loaded, and one that can not be is reported and leaves the last state', async () => {
  const { registry, loads, pauses, warnings, change } = setUp();
  const started = registry.start();
  await turns();
  loads[0]?.resolve([node('a')]);
  await started;
  change();
  pauses[0]?.resolve();
  await turns();
  loads[1]?.reject(new Error('gone'));
  await turns();
  expect(warnings).toEqual(['registry.stale']);
  expect(registry.current().find('a')).toBeDefined();
  change();
  pauses[1]?.resolve();
  await turns();
  loads[2]?.resolve([node('b')]);
  await turns();
  expect(registry.current().find('b')).toBeDefined();
});

test('whoever asks while a load is under way gets one that began later, shared with all who ask meanwhile', async () => {
  const { registry, loads, pauses } = setUp();
  const first = registry.refresh();
  await turns();
  const others = [registry.refresh(), registry.refresh(), registry.refresh()];
  loads[0]?.resolve([node('a')]);
  expect((await first).find('b')).toBeUndefined();
  await turns();
  expect(loads).toHaveLength(1);
  pauses[0]?.resolve();
  await turns();
  expect(loads).toHaveLength(2);
  loads[1]?.resolve([node('a'), node('b')]);
  for (const state of await Promise.all(others)) expect(state.find('b')).toBeDefined();
});
