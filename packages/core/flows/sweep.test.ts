import { createSweep, type DueNode } from './sweep.ts';

/** Runs one sweep over these nodes, none of which has a job in the queue but those named. */
async function sweep(due: readonly DueNode[], queued: readonly string[] = []) {
  const woken: string[] = [];
  const warned: string[] = [];
  let repairs = 0;
  await createSweep({
    dueNodes: () => Promise.resolve(due),
    unqueued: (nodeIds) => Promise.resolve(nodeIds.filter((nodeId) => !queued.includes(nodeId))),
    wake(nodeIds) {
      woken.push(...nodeIds);
      return Promise.resolve();
    },
    report: { debug() {}, info() {}, warn: (event) => warned.push(event), error() {} },
    onRepaired: (lanes) => (repairs += lanes),
  })();
  return { woken, warned, repairs };
}

test('what is due and has no job is woken, counted and told of', async () => {
  const due = [
    { nodeId: 'lost', suspect: false, late: 5 },
    { nodeId: 'queued', suspect: false, late: 5 },
  ];
  expect(await sweep(due, ['queued'])).toEqual({ woken: ['lost'], warned: ['sweep.repaired'], repairs: 1 });
});

test('what fell due a moment ago is woken too, but is on its way rather than lost', async () => {
  expect(await sweep([{ nodeId: 'new', suspect: false, late: 0.1 }])).toEqual({
    woken: ['new'],
    warned: [],
    repairs: 0,
  });
});

test('a suspect node is woken, but may have been waiting for its place', async () => {
  expect(await sweep([{ nodeId: 'slow', suspect: true, late: 60 }])).toEqual({
    woken: ['slow'],
    warned: [],
    repairs: 0,
  });
});

test('nothing due, or all of it queued: nothing happens', async () => {
  const nothing = { woken: [], warned: [], repairs: 0 };
  expect(await sweep([])).toEqual(nothing);
  expect(await sweep([{ nodeId: 'queued', suspect: false, late: 60 }], ['queued'])).toEqual(nothing);
});
