import { sharesByPlace } from './profile-shares.ts';

const frame = (id: number, functionName: string, url: string) => ({ id, callFrame: { functionName, url } });

test('time is told by library, by folder of ours and by part of Node.js, without what was waiting', () => {
  const profile = {
    nodes: [
      frame(1, 'dispatch', 'file:///app/node_modules/undici/lib/client.js'),
      frame(2, 'record', 'file:///app/dist/packages/persistence/lane-store.js'),
      frame(3, 'onread', 'node:internal/stream_base_commons'),
      frame(4, '(idle)', ''),
      frame(5, '(garbage collector)', ''),
      frame(6, 'writev', ''),
    ],
    samples: [1, 2, 3, 4, 5, 6, 1],
    timeDeltas: [20, 20, 10, 1_000, 10, 10, 30],
  };
  expect(sharesByPlace(profile)).toEqual([
    { name: 'undici', share: 0.5 },
    { name: 'packages/persistence', share: 0.2 },
    { name: 'node:stream_base_commons', share: 0.1 },
    { name: '(garbage collector)', share: 0.1 },
    { name: 'native: writev', share: 0.1 },
  ]);
});
