import { spawnSync } from 'node:child_process';
import { COMPOSE_FILE, readServices, readVariables, type Service } from './compose-file.ts';
import { readOurs, root } from './our-files.ts';

const SECRETS = { POSTGRES_PASSWORD: 'one', SECURITY_SECRET: 'two', ADMIN_PASSWORD: 'three' };
const services = readServices(SECRETS);
const all = Object.entries(services);
const OBSERVABILITY = ['grafana', 'prometheus'];

test('there are a database, a queue, an ingress and workers', () => {
  expect(Object.keys(services).toSorted()).toEqual(['grafana', 'ingress', 'postgres', 'prometheus', 'redis', 'worker']);
});

test('what watches is there when it is asked for, and for this machine alone', () => {
  const asked = all.filter(([, { profiles }]) => profiles !== undefined);
  expect(asked.map(([name]) => name).toSorted()).toEqual(OBSERVABILITY);
  for (const [, { profiles, ports }] of asked) {
    expect(profiles).toEqual(['observability']);
    expect(ports).toEqual([expect.stringMatching(/^127\.0\.0\.1:\d+:\d+$/)]);
  }
});

test.each(all)(
  '%s can do little harm: nothing to write to, no capabilities, no root, back after a failure',
  (_, service) => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
      restart: 'unless-stopped',
    });
  },
);

test.each(all)('%s says how it is', (_, service) => {
  expect(service.healthcheck.test[0]).toBe('CMD');
});

test('the worker scales: it has neither a name nor a port of this machine', () => {
  expect(services['worker']).not.toHaveProperty('container_name');
  expect(services['worker']).not.toHaveProperty('ports');
});

test('only the ingress can be reached from outside', () => {
  const reached = all.filter(([, { ports }]) => ports?.some((port) => !port.startsWith('127.0.0.1:')));
  expect(reached.map(([name]) => name)).toEqual(['ingress']);
  expect(services['ingress']?.ports).toEqual(['8080:8080']);
  expect(services['postgres']?.networks).toEqual(['inside']);
  expect(services['redis']?.networks).toEqual(['inside']);
});

test.each(['ingress', 'worker'])('%s waits until database and queue are well, and is given the time to end', (name) => {
  expect(services[name]).toMatchObject({
    depends_on: { postgres: { condition: 'service_healthy' }, redis: { condition: 'service_healthy' } },
    stop_grace_period: '35s',
  });
});

test('Redis keeps what it has, and evicts nothing', () => {
  expect(services['redis']?.command?.join(' ')).toMatch(/--appendonly yes .*--maxmemory-policy noeviction/);
  expect(services['redis']?.volumes).toEqual(['redis:/data']);
});

test('secrets come from the environment, and only to who needs them', () => {
  const holders = (secret: string) => all.filter(([, service]) => holds(service, secret)).map(([name]) => name);
  expect(holders('one').toSorted()).toEqual(['ingress', 'postgres', 'worker']);
  expect(holders('two').toSorted()).toEqual(['ingress', 'worker']);
  expect(holders('three')).toEqual(['ingress']);
});

test.each(Object.keys(SECRETS))('without %s nothing starts', (name) => {
  expect(() => readServices({ ...SECRETS, [name]: '' })).toThrow(new RegExp(`${name}.*\\.env\\.example`));
});

test('.env.example explains every variable, those that must be given without a value', () => {
  const text = readOurs('.env.example');
  const explained = [...text.matchAll(/^#?([A-Z_]+)=/gm)].map(([, name = '']) => name);
  const used = readVariables().map(({ name }) => name);
  expect(explained.toSorted()).toEqual(used.toSorted());
  for (const { name, isRequired } of readVariables()) {
    expect(text).toMatch(new RegExp(isRequired ? `^${name}=$` : `^#${name}=.+`, 'm'));
  }
});

describe('docker-compose', () => {
  const isThere = spawnSync('docker-compose', ['version'], { stdio: 'ignore' }).status === 0;
  if (!isThere && !process.env['CI']) {
    console.warn(`!!! NOT TESTED: ${COMPOSE_FILE} was not shown to docker-compose, which is not on the PATH !!!`);
  }
  const testThere = isThere || process.env['CI'] ? test : test.skip;

  testThere('accepts the file', () => {
    expect(config(SECRETS)).toEqual({ status: 0, said: '' });
  });

  testThere('names the secret that is missing', () => {
    const { status, said } = config({ ...SECRETS, SECURITY_SECRET: '' });
    expect(status).not.toBe(0);
    expect(said).toMatch(/set SECURITY_SECRET/);
  });
});

function holds(service: Service, secret: string): boolean {
  return Object.values(service.environment ?? {}).some((value) => value.split(/[:@/]/).includes(secret));
}

function config(secrets: Readonly<Record<string, string>>): { status: number | null; said: string } {
  const { status, stderr, error } = spawnSync('docker-compose', ['--file', COMPOSE_FILE, 'config', '--quiet'], {
    cwd: root,
    encoding: 'utf8',
    // Empty values also keep it from looking into an .env of this machine.
    env: { PATH: process.env['PATH'], ...secrets },
  });
  if (error !== undefined) throw error;
  return { status, said: stderr };
}
