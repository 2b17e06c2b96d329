import { execFile, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseDocument } from 'yaml';
import {
  startTestNode,
  startTestPostgres,
  startTestRedis,
  type TestNode,
  type TestPostgres,
  type TestRedis,
} from '#testkit';
import { openApi, waitUntil } from '../system/index.ts';
import { buildImage, commandPath, type Image } from './build-image.ts';
import { readServices, type Service } from './compose-file.ts';
import { root } from './our-files.ts';

/** Without these there is nothing to start, or to ask: left out loudly here, a failure in CI. */
const missing = ['redis-server', 'redis-cli', 'pg_isready'].filter(
  (command) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status !== 0,
);
const isLeftOut = missing.length > 0 && !process.env['CI'];
if (isLeftOut) console.warn(`!!! NOT TESTED: the image, which needs ${missing.join(', ')} on the PATH !!!`);

const SECURITY_SECRET = 'c2hhbGwgd2UgdHJ5IHRoZSBpbWFnZSBvdXRzaWRlIG9mIERvY2tlcj8';
const ADMIN_PASSWORD = 'only for this test';
/** The user and group of that name. */
const NOBODY = 65_534;
/** Ports in config/compose.yaml, and what stands for them on this machine. */
const ports = new Map<number, number>();

(isLeftOut ? describe.skip : describe)(
  'the image as the Dockerfile makes it, and the processes as Compose starts them, without Docker',
  () => {
    let folder: string;
    let image: Image;
    let postgres: TestPostgres;
    let redis: TestRedis;
    let node: TestNode;
    let services: Readonly<Record<string, Service>>;
    const processes = new Map<string, ChildProcess>();

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'orchestrator-image-'));
      // Made for its owner only, and the processes run as someone else.
      chmodSync(folder, 0o755);
      [image, postgres, node] = await Promise.all([buildImage(folder), startTestPostgres(), startTestNode()]);
      services = readServices({ POSTGRES_PASSWORD: new URL(postgres.url).password, SECURITY_SECRET, ADMIN_PASSWORD });
      redis = await startTestRedis({ settings: flagsOf(services['redis']) });
      for (const port of [8080, 8081]) ports.set(port, await freePort());
      mountConfig();
    }, 180_000);
    afterAll(async () => {
      for (const process of processes.values()) process.kill('SIGKILL');
      await Promise.all([postgres.stop(), redis.stop(), node.close()]);
      rmSync(folder, { recursive: true, force: true });
    });

    test('the image has what runs, and nothing of what builds and tests it', () => {
      const has = (path: string) => existsSync(join(image.workdir, path));
      const wanted = [
        'dist/apps/ingress/main.js',
        'dist/apps/worker/main.js',
        'dist/console/index.html',
        'prisma/migrations',
        'config/application.yaml',
      ];
      const unwanted = [
        'packages',
        'apps',
        'tests',
        'dist/packages/testkit',
        'node_modules/jest',
        'node_modules/react',
        'node_modules/vite',
        'node_modules/prisma',
      ];
      expect([wanted.filter((path) => !has(path)), unwanted.filter(has)]).toEqual([[], []]);
    });

    test('the image has an ordinary user, and starts the ingress', () => {
      expect(image.user).toBe('node');
      expect(image.command).toEqual(services['ingress']?.command);
    });

    test('the processes start as Compose starts them, and their health checks say that they are well', async () => {
      start('ingress', image.command);
      start('worker', services['worker']?.command ?? []);
      const checks = ['ingress', 'worker'].map((name) => services[name]?.healthcheck.test.slice(1) ?? []);
      for (const check of [...checks, image.healthCheck]) {
        await waitUntil(
          () => succeeds(check),
          (isWell) => isWell,
        );
      }
    });

    test('a message goes from one end to the other', async () => {
      const api = await openApi(urlOf(8080), ADMIN_PASSWORD);
      const key = await api.register('customs', { url: node.url });
      const { id } = await api.send(key, { destinations: ['customs'], payload: { container: 'MSKU1234565' } });
      await api.until(id, 'customs', ({ state }) => state === 'delivered');
      expect(node.requests.map(({ body }) => body.toString())).toEqual(['{"container":"MSKU1234565"}']);
    });

    test('the health checks of database and queue work, and notice when there is none', async () => {
      const pgIsReady = services['postgres']?.healthcheck.test.slice(1) ?? [];
      const redisCli = services['redis']?.healthcheck.test.slice(1) ?? [];
      const unused = String(await freePort());
      await expect(succeeds([...pgIsReady, '-p', String(postgres.port)])).resolves.toBe(true);
      await expect(succeeds([...pgIsReady, '-p', unused])).resolves.toBe(false);
      // It takes its options before the command only.
      await expect(succeeds(redisCli.toSpliced(1, 0, '-p', String(redis.port)))).resolves.toBe(true);
      await expect(succeeds(redisCli.toSpliced(1, 0, '-p', unused))).resolves.toBe(false);
    });

    test.each(['ingress', 'worker'])(
      'SIGTERM ends the %s with status 0, and its health check fails from then on',
      async (name) => {
        const running = processes.get(name);
        if (running === undefined || running.exitCode !== null) throw new Error(`${name} does not run`);
        const exit = once(running, 'exit');
        running.kill('SIGTERM');
        await expect(exit).resolves.toEqual([0, null]);
        await expect(succeeds(services[name]?.healthcheck.test.slice(1) ?? [])).resolves.toBe(false);
      },
    );

    /** Puts config/compose.yaml where Compose mounts it; but on this machine it is only for this machine, and so is the node. */
    function mountConfig(): void {
      const [source = '', target = ''] = services['worker']?.volumes?.[0]?.split(':') ?? [];
      const config = parseDocument(readFileSync(join(root, source), 'utf8'));
      expect(config.getIn(['server', 'host'])).toBe('0.0.0.0');
      config.setIn(['server', 'host'], '127.0.0.1');
      config.setIn(['delivery', 'network', 'allow'], ['127.0.0.1']);
      for (const key of [
        ['server', 'port'],
        ['worker', 'port'],
      ]) {
        config.setIn(key, ports.get(config.getIn(key) as number));
      }
      writeFileSync(join(image.folder, target), String(config));
    }

    function start(name: string, [program = '', ...words]: readonly string[]): void {
      const child = spawn(program, words, {
        cwd: image.workdir,
        env: { ...commandPath(), ...image.env, ...environmentOf(name) },
        stdio: ['ignore', 'pipe', 'inherit'],
        ...(process.getuid?.() === 0 && { uid: NOBODY, gid: NOBODY }),
      });
      const said: string[] = [];
      child.stdout?.on('data', (chunk: Buffer) => said.push(chunk.toString()));
      child.on('exit', (status) => status !== 0 && console.error(`${name}: exit status ${status}\n${said.join('')}`));
      processes.set(name, child);
    }

    /** What Compose gives a service; with the servers of this test under the names that it knows them by. */
    function environmentOf(name: string): Record<string, string> {
      const hosts = { '@postgres:5432/': `@127.0.0.1:${postgres.port}/`, '//redis:6379': `//127.0.0.1:${redis.port}` };
      const given = Object.entries(services[name]?.environment ?? {});
      return Object.fromEntries(
        given.map(([variable, value]) => [
          variable,
          Object.entries(hosts).reduce((text, [host, ours]) => text.replace(host, ours), value),
        ]),
      );
    }

    /** Runs a health check where the image would. */
    async function succeeds([program = '', ...words]: readonly string[]): Promise<boolean> {
      const ours = words.map((word) => word.replace(/(?<=:)\d{4}(?=\/)/, (port) => String(ports.get(Number(port)))));
      const options = { cwd: image.workdir, env: commandPath() };
      return promisify(execFile)(program, ours, options).then(
        () => true,
        () => false,
      );
    }

    function urlOf(port: number): string {
      return `http://127.0.0.1:${ports.get(port)}`;
    }
  },
);

/** What a service's command sets, as testkit's Redis takes it. */
function flagsOf(service: Service | undefined): Record<string, string> {
  const [program, ...flags] = service?.command ?? [];
  expect(program).toBe('redis-server');
  return Object.fromEntries(
    flags.flatMap((flag, index) => (index % 2 === 0 ? [[flag.replace(/^--/, ''), flags[index + 1] ?? '']] : [])),
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
