import { Resolver } from 'node:dns/promises';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeBackEnds, hasOpenssl, makeCertificates, startTestNode, type TestNode } from '#testkit';
import { noteFinding, printFindings } from '../../faults/findings.ts';
import { openScene, type Scene } from '../../faults/scene.ts';
import { outcomesAt } from '../../faults/stored-attempts.ts';
import { startNameServer, type NameReply, type NameServer } from './name-server.ts';
import { withNameServer } from './shims.ts';

/** Seconds for an attempt. */
const BUDGET = 2;
const RETRY = { delay: { fixed: 1, progressive: 1 }, max: 2 };
const POLICY = { policy: { timeout: BUDGET, retry: RETRY } };
const LONG = 300_000;

printFindings();

describeBackEnds('the names of nodes', (backEnd) => {
  let scene: Scene;
  let names: NameServer;
  beforeAll(async () => {
    [scene, names] = await Promise.all([openScene(backEnd), startNameServer()]);
  }, LONG);
  afterEach(() => Promise.all(scene.workers.map((worker) => worker.stop())));
  afterAll(async () => {
    await scene.close();
    await names.close();
  });

  const nameOf = (node: string) => `${node}.names.test`;

  /** Registers a node whose host is a name. */
  async function register(node: string, reply: NameReply | ((index: number) => NameReply)): Promise<void> {
    names.answer(nameOf(node), reply);
    const url = new URL(scene.receivers.urlOf(node));
    url.hostname = nameOf(node);
    await scene.api.register(node, { url: url.href, ...POLICY });
  }

  test(
    'row 22: no such name, a server that fails, one that is silent, no address: retried by the rules, and others do not wait',
    async () => {
      const { receivers, sender, database } = scene;
      const broken: Record<string, NameReply> = {
        missing: 'no-such-name',
        failing: 'server-failure',
        empty: [],
        ...Object.fromEntries([1, 2, 3, 4, 5, 6].map((i) => [`silent-${i}`, 'silent'])),
      };
      for (const [node, reply] of Object.entries(broken)) await register(node, reply);
      await register('healthy', ['127.0.0.1']);
      const nodes = Object.keys(broken);
      await scene.startWorker(withNameServer(names.address));
      await sender.sendMany(1, nodes);
      await sender.sendMany(10, ['healthy']);
      await scene.drained();

      for (const { node, state, attempts, outcome, duration } of await outcomesAt(database, nodes)) {
        expect({ node, state, attempts }).toEqual({ node, state: 'frozen', attempts: RETRY.max });
        const isSilent = node.startsWith('silent');
        expect({ node, outcome }).toEqual({ node, outcome: isSilent ? 'timeout' : 'dns-error' });
        // The budget covers the look-up: it ends the attempt, whatever the name server's own patience.
        if (isSilent) expect(duration).toBeLessThan(2 * BUDGET * 1_000);
      }
      const healthy = await outcomesAt(database, ['healthy']);
      expect(healthy.map(({ state, attempts }) => [state, attempts])).toEqual(healthy.map(() => ['delivered', 1]));
      expect(Math.max(...healthy.map(({ duration }) => duration ?? Infinity))).toBeLessThan(BUDGET * 1_000);
      expect(nodes.flatMap(receivers.requestsOf)).toEqual([]);
      const verdict = await scene.judge([...nodes, 'healthy'], { retry: RETRY });
      expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
      noteFinding({ row: '22', backEnd: backEnd.name, verdict, recovery: null });
    },
    LONG,
  );

  test(
    'row 23: an answer that turns from public to loopback gains nothing: what was looked up is what is connected to',
    async () => {
      const { receivers, sender, database } = scene;
      await register('turning', (index) => (index === 0 ? ['8.8.8.8'] : ['127.0.0.1']));
      await register('loopback', ['127.0.0.1']);
      // Whoever looks first finds nothing wrong with it.
      const resolver = new Resolver();
      resolver.setServers([names.address]);
      await expect(resolver.resolve4(nameOf('turning'))).resolves.toEqual(['8.8.8.8']);
      const strict = { delivery: { network: { allow: [] } } };
      await scene.startWorker({ ...withNameServer(names.address), config: strict });
      await sender.sendMany(1, ['turning', 'loopback']);
      await scene.drained();
      const outcomes = await outcomesAt(database, ['turning', 'loopback']);
      expect(outcomes.map(({ state, outcome }) => [state, outcome])).toEqual([
        ['frozen', 'egress-denied'],
        ['frozen', 'egress-denied'],
      ]);
      expect(['turning', 'loopback'].flatMap(receivers.requestsOf)).toEqual([]);
      const verdict = await scene.judge(['turning', 'loopback'], { retry: RETRY });
      expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
      noteFinding({ row: '23', backEnd: backEnd.name, verdict, recovery: null });
    },
    LONG,
  );
});

(hasOpenssl() ? describe : describe.skip)('where there is openssl to make certificates', () => {
  describeBackEnds('the certificates of nodes', (backEnd) => {
    const kinds = ['good', 'expired', 'self-signed', 'wrong-host', 'stalled'] as const;
    let scene: Scene;
    let folder: string;
    let servers: TestNode[];
    beforeAll(async () => {
      scene = await openScene(backEnd);
      folder = await mkdtemp(join(tmpdir(), 'orchestrator-authority-'));
      await writeFile(join(folder, 'ca.pem'), makeCertificates().ca);
      servers = await Promise.all(kinds.map((tls) => startTestNode({ tls })));
    }, LONG);
    afterAll(async () => {
      await scene.close();
      await Promise.all(servers.map((server) => server.close()));
      await rm(folder, { recursive: true });
    });

    test(
      'row 24: expired, self-signed, of another host, a stalled handshake: a failure with its reason, and never weaker',
      async () => {
        const { sender, database, api } = scene;
        for (const [i, kind] of kinds.entries()) await api.register(kind, { url: servers[i]?.url, ...POLICY });
        await scene.startWorker({
          env: {
            NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
            NODE_TLS_REJECT_UNAUTHORIZED: '0',
            NODE_NO_WARNINGS: '1',
          },
        });
        await sender.sendMany(1, kinds);
        await scene.drained();
        const outcomes = new Map((await outcomesAt(database, kinds)).map((found) => [found.node, found]));
        expect(outcomes.get('good')).toMatchObject({ state: 'delivered', attempts: 1 });
        for (const kind of ['expired', 'self-signed', 'wrong-host']) {
          expect(outcomes.get(kind)).toMatchObject({ state: 'frozen', attempts: RETRY.max, outcome: 'tls-error' });
        }
        expect(outcomes.get('stalled')).toMatchObject({ state: 'frozen', attempts: RETRY.max, outcome: 'timeout' });
        expect(servers.map(({ requests }) => requests.length)).toEqual([1, 0, 0, 0, 0]);
        noteFinding({ row: '24', backEnd: backEnd.name, verdict: { lost: 0, duplicates: 0 }, recovery: null });
      },
      LONG,
    );
  });
});
