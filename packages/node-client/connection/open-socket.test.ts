import { startTestNode } from '#testkit';
import { createEgressGuard, type EgressGuard } from '../egress/egress-guard.ts';
import type { ConnectError } from './failure.ts';
import { openSocket, type Stage } from './open-socket.ts';

/** Opens a connection and tells how it ended: `opened`, or the refusal. */
function open(hostname: string, port: number, guard: EgressGuard): Promise<{ end: string; stages: Stage[] }> {
  const stages: Stage[] = [];
  return new Promise((resolve) => {
    const socket = openSocket(
      { hostname, port, isTls: false },
      { guard, lookUp: () => Promise.resolve(['127.0.0.1']) },
      {
        reached: (stage) => stages.push(stage),
        opened: () => {
          socket?.destroy();
          resolve({ end: 'opened', stages });
        },
        failed: (error: ConnectError) => resolve({ end: error.message, stages }),
      },
    );
  });
}

/** Allows the first `count` addresses that it is asked about, as if the peer were another one than was checked before. */
function allowing(count: number): EgressGuard {
  let asked = 0;
  return {
    refusal: () => {
      asked += 1;
      return asked > count ? `refused the ${asked}th time` : null;
    },
  };
}

test('a literal is checked before, and the peer after the connection is made', async () => {
  const node = await startTestNode();
  expect(await open('127.0.0.1', node.port, allowing(0))).toEqual({ end: 'refused the 1th time', stages: [] });
  expect(await open('127.0.0.1', node.port, allowing(1))).toEqual({ end: 'refused the 2th time', stages: ['connect'] });
  expect(await open('127.0.0.1', node.port, allowing(2))).toEqual({ end: 'opened', stages: ['connect', 'open'] });
  await node.close();
});

test('a name is checked by its look-up, and by the peer after the connection is made', async () => {
  const node = await startTestNode();
  expect(await open('a.example', node.port, allowing(0))).toEqual({
    end: 'a.example: refused the 1th time',
    stages: ['look-up'],
  });
  expect(await open('a.example', node.port, allowing(1))).toEqual({
    end: 'refused the 2th time',
    stages: ['look-up', 'connect'],
  });
  expect(await open('a.example', node.port, createEgressGuard(['a.example']))).toEqual({
    end: 'opened',
    stages: ['look-up', 'connect', 'open'],
  });
  await node.close();
});
