import { execFile } from 'node:child_process';
import { rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openDatabase } from '#persistence';
import { describeBackEnds, startTestPostgres, until, type SmallDisk, type TestPostgres } from '#testkit';
import { noteFinding, printFindings } from '../../faults/findings.ts';
import { startLoad } from '../../faults/load.ts';
import { openScene, type Scene } from '../../faults/scene.ts';
import { diskOrWarning } from './disk-or-warning.ts';
import { secondsSince } from './elapsed.ts';

const NODES = ['first', 'second'];
const LONG = 300_000;
/** Megabytes: an empty PostgreSQL takes about 90 with its write-ahead log, of which 16 go at a time. */
const DISK = 192;
const SMALL_LOG = { min_wal_size: '32MB', max_wal_size: '64MB' };

printFindings();

describeBackEnds('a disk of PostgreSQL is full', (backEnd) => {
  const queueUrlOf = () => (backEnd.name === 'redis' ? backEnd.queueUrl : 'database');

  async function openOn(postgres: TestPostgres): Promise<Scene> {
    const scene = await openScene({ databaseUrl: postgres.url, queueUrl: queueUrlOf() }, { delivery: { interval: 1 } });
    await scene.startWorker();
    await scene.register(NODES);
    return scene;
  }

  test(
    'row 36: that of the tables: 503 and never 2xx, and it goes on by itself when there is room again',
    async () => {
      const disk = await diskOrWarning(DISK);
      if (disk === null) return;
      const postgres = await startTestPostgres({ durable: true, settings: SMALL_LOG, below: disk.folder });
      const scene = await openOn(postgres);
      const { verdict, recovery } = await fillUnderLoad(scene, disk, () => disk.free());
      noteFinding({ row: '36, tables', backEnd: backEnd.name, verdict, recovery });
      await scene.close();
      await postgres.stop();
      await disk.remove();
    },
    LONG,
  );

  test(
    'row 36: that of the write-ahead log, which stops the server: 503 and never 2xx, and it goes on once the server is started again',
    async () => {
      const disk = await diskOrWarning(DISK);
      if (disk === null) return;
      const postgres = await startTestPostgres({ durable: true, settings: SMALL_LOG });
      await moveLog(postgres, disk);
      const scene = await openOn(postgres);
      const writing = writeMuch(postgres);
      const { verdict, recovery } = await fillUnderLoad(scene, disk, async () => {
        await writing;
        await disk.free();
        // Nothing of ours can bring back a server that has given up; its keeper does.
        await postgres.restart('immediate');
      });
      noteFinding({ row: '36, write-ahead log', backEnd: backEnd.name, verdict, recovery });
      await scene.close();
      await postgres.stop();
      await disk.remove();
    },
    LONG,
  );
});

/** Fills a disk while messages come in, until they are refused; makes room again; and judges. */
async function fillUnderLoad(scene: Scene, disk: SmallDisk, makeRoom: () => Promise<void>) {
  const { receivers, sender, ingress } = scene;
  const workers = [...scene.workers];
  const load = startLoad(scene, NODES, { senders: 4, pause: 20 });
  await receivers.waitFor(100);
  await disk.fill();
  await until(() => expect(sender.statuses.get(503) ?? 0).toBeGreaterThan(20));
  await makeRoom();
  const at = performance.now();
  const acceptedBefore = sender.accepted.length;
  await until(() => expect(sender.accepted.length).toBeGreaterThan(acceptedBefore));
  await receivers.waitFor(receivers.count + 50);
  const recovery = secondsSince(at);
  await load.stop();
  await scene.drained();
  const verdict = await scene.judge(NODES);
  expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
  expect([...sender.statuses.keys()].filter((status) => status !== 202 && status !== 503)).toEqual([]);
  expect(scene.ingress).toBe(ingress);
  expect(scene.workers).toEqual(workers);
  return { verdict, recovery };
}

/** Has a server write its log to another disk. */
async function moveLog(postgres: TestPostgres, { folder }: SmallDisk): Promise<void> {
  await postgres.halt();
  const log = join(postgres.data, 'pg_wal');
  const moved = join(folder, 'pg_wal');
  // With their owner, which Node's own copy does not keep.
  await promisify(execFile)('cp', ['-a', log, moved]);
  await rm(log, { recursive: true });
  await symlink(moved, log);
  await postgres.restart();
}

/** Writes to the log until the server ends of it: the load alone would take minutes. */
async function writeMuch({ url }: TestPostgres): Promise<void> {
  const { pool, close } = openDatabase({ url, connections: 1, onError: () => undefined });
  await pool.query('CREATE TABLE much (text text)');
  try {
    for (;;) await pool.query(`INSERT INTO much SELECT repeat('x', 1000) FROM generate_series(1, 2000)`);
  } catch {
    // The server has ended, which was the aim.
  }
  await close();
}
