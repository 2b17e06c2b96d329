import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { describeBackEnds } from '#testkit';
import { noteFinding, printFindings } from '../../faults/findings.ts';
import { openScene, type Scene } from '../../faults/scene.ts';
import { buildCommit, olderCommit } from './older-version.ts';

const NODES = ['older-1', 'older-2', 'older-3'];
const LONG = 300_000;

printFindings();

describeBackEnds('a version without the newest migration, beside this one', (backEnd) => {
  let commit: string | null;
  let tree: string | undefined;
  let scene: Scene;
  beforeAll(async () => {
    commit = await olderCommit();
    if (commit === null)
      return console.warn('ROW 45 IS NOT WHOLE: THE HISTORY IS NOT THERE TO BUILD AN OLDER VERSION FROM');
    tree = await buildCommit(commit);
    scene = await openScene(backEnd);
    await scene.register(NODES);
  }, LONG);
  afterAll(async () => {
    if (tree === undefined) return;
    await scene.close();
    await rm(dirname(tree), { recursive: true });
  }, LONG);

  test(
    'row 45: an old worker beside a new ingress, and the reverse: nothing lost and nothing twice',
    async () => {
      if (tree === undefined) return;
      const { sender } = scene;
      const older = await scene.startWorker({ tree });
      await sender.sendMany(100, NODES);
      await scene.finished(NODES);
      const newer = await scene.startWorker();
      await sender.sendMany(100, NODES);
      await scene.finished(NODES);

      await scene.killIngress();
      await scene.startIngress({ tree });
      await sender.sendMany(100, NODES);
      await scene.finished(NODES);
      expect(await older.stop()).toBe(0);
      await sender.sendMany(100, NODES);
      await scene.finished(NODES);
      expect(await newer.stop()).toBe(0);

      const verdict = await scene.judge(NODES);
      expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
      noteFinding({
        row: '45, older version',
        backEnd: backEnd.name,
        verdict,
        recovery: null,
        note: `built from ${commit?.slice(0, 7)}`,
      });
    },
    LONG,
  );
});
