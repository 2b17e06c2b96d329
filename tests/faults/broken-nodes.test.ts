import { describeBackEnds } from '#testkit';
import { noteFinding, printFindings } from './findings.ts';
import { openScene, type Scene } from './scene.ts';

printFindings();

describeBackEnds('smoke', (backEnd) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(backEnd);
    await scene.startWorker();
  });
  afterAll(() => scene.close());

  test('something', async () => {
    await scene.register(['a', 'b']);
    await scene.sender.sendMany(100, ['a', 'b']);
    scene.receivers.behave('b', (_, i) => (i < 3 ? { status: 500 } : {}));
    await scene.receivers.waitFor(200);
    await scene.drained();
    const verdict = await scene.judge(['a', 'b']);
    noteFinding({ row: '0', backEnd: backEnd.name, verdict, recovery: 1 });
    expect(verdict).toMatchObject({ violations: [] });
  });
});
