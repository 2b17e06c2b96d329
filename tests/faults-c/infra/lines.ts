import {
  redisAvailable,
  startTcpProxy,
  startTestPostgres,
  startTestRedis,
  type TcpProxy,
  type TestPostgres,
  type TestRedis,
} from '#testkit';
import type { SceneServers } from '../../faults/scene.ts';

/** Servers of a suite's own, each with a line to it that the suite can hinder, and one past that. */
export interface Lines {
  readonly name: 'postgres' | 'redis';
  readonly postgres: TestPostgres;
  readonly toDatabase: TcpProxy;
  /** To what is behind the queue: on PostgreSQL the same line as to the database. */
  readonly toQueue: TcpProxy;
  /** Over the lines. */
  readonly hindered: SceneServers;
  /** Past them. */
  readonly direct: SceneServers;
}

/** Runs one suite on both back ends of the queue. `describeBackEnds` says it aloud when there is no Redis. */
export function describeLines(name: string, suite: (lines: () => Lines) => void): void {
  const backEnds = redisAvailable() ? (['postgres', 'redis'] as const) : (['postgres'] as const);
  describe.each(backEnds)(`${name} (%s)`, (backEnd) => {
    let opened: Opened;
    beforeAll(async () => {
      opened = await openLines(backEnd);
    });
    suite(() => opened.lines);
    afterAll(() => opened.close());
  });
}

interface Opened {
  readonly lines: Lines;
  close(): Promise<unknown>;
}

async function openLines(name: 'postgres' | 'redis'): Promise<Opened> {
  const postgres = await startTestPostgres({ durable: true });
  const redis = name === 'redis' ? await startTestRedis({ appendonly: true }) : undefined;
  const toDatabase = await startTcpProxy(postgres.port);
  const toQueue = redis === undefined ? toDatabase : await startTcpProxy(redis.port);
  const queueOf = (url: (redis: TestRedis) => string) => (redis === undefined ? 'database' : url(redis));
  return {
    lines: {
      name,
      postgres,
      toDatabase,
      toQueue,
      hindered: { databaseUrl: toDatabase.through(postgres.url), queueUrl: queueOf(({ url }) => toQueue.through(url)) },
      direct: { databaseUrl: postgres.url, queueUrl: queueOf(({ url }) => url) },
    },
    close: () =>
      Promise.all([toDatabase.close(), toQueue === toDatabase || toQueue.close(), postgres.stop(), redis?.stop()]),
  };
}
