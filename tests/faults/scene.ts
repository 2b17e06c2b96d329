import { openDatabase, type Database } from '#persistence';
import { judge, readFinalState, until, type BackEnd, type Evidence, type RetryRule, type Verdict } from '#testkit';
import { openApi, startProcess, testConfig, type Api, type ConfigChange, type FleetProcess } from '../system/index.ts';
import { startReceivers, type Receivers } from './receivers.ts';
import { createSender, type Sender } from './sender.ts';

/** A fleet of real processes on the servers of a back end, with those who send to it and receive from it. */
export interface Scene {
  readonly api: Api;
  readonly receivers: Receivers;
  readonly sender: Sender;
  readonly database: Database;
  readonly ingress: FleetProcess;
  /** Those that run. */
  readonly workers: readonly FleetProcess[];
  /** Starts another worker. */
  startWorker(how?: Starting): Promise<FleetProcess>;
  /** SIGKILL to the ingress. */
  killIngress(): Promise<void>;
  startIngress(how?: Starting): Promise<void>;
  /** Registers webhook nodes with these fields, whose receivers answer. */
  register(ids: readonly string[], fields?: Readonly<Record<string, unknown>>): Promise<void>;
  /** Registers so many nodes `PREFIX-NUMBER` at once, by a statement; answers their ids. */
  registerMany(prefix: string, count: number): Promise<string[]>;
  /** Resolves when nothing is pending any more. The test's own time limit is the bound. */
  drained(): Promise<void>;
  /** Resolves when nothing to these nodes is pending any more. */
  finished(nodes: readonly string[]): Promise<void>;
  /** Resolves when each delivery to these nodes has so many attempts recorded, or more. */
  attempted(nodes: readonly string[], attempts: number): Promise<void>;
  /** Resolves when no worker holds a node's lane. */
  atRest(node: string): Promise<void>;
  /** How many deliveries to these nodes are pending. */
  pending(nodes: readonly string[]): Promise<number>;
  /** How many requests to these nodes are no recorded attempt: what was in flight when a worker was killed. */
  unrecorded(nodes: readonly string[]): Promise<number>;
  /** Judges all that was sent to these nodes. */
  judge(nodes: readonly string[], leniency?: Partial<Leniency>): Promise<Verdict>;
  /** Ends what this scene has started. */
  close(): Promise<void>;
}

/** How one process is started when it is not like the others. */
export interface Starting {
  readonly config?: ConfigChange;
  readonly env?: Readonly<Record<string, string>>;
  /** Its own ways to the servers. */
  readonly servers?: Partial<SceneServers>;
  /** Where another version of it is built. */
  readonly tree?: string;
}

export interface Leniency {
  /** Duplicates that the faults explain; 0 unless told. */
  readonly duplicates: number;
  /** Where it is not the configuration's. */
  readonly retry: RetryRule;
}

/** How often failures are retried unless a test says otherwise, as the configuration of the tests has it. */
const RETRY: RetryRule = { delay: { fixed: 1, progressive: 1 }, max: 4 };
const SENDER = 'sender';

/** How processes reach their servers. */
export type SceneServers = Pick<BackEnd, 'databaseUrl' | 'queueUrl'>;

/** `judgeUrl`: where the judge reads, when that is not how the processes reach the database. */
export async function openScene(
  { databaseUrl, queueUrl, judgeUrl = databaseUrl }: SceneServers & { readonly judgeUrl?: string },
  config: ConfigChange = {},
): Promise<Scene> {
  const start = (name: 'ingress' | 'worker', how: Starting = {}) =>
    startProcess(
      name,
      { databaseUrl, queueUrl, ...how.servers },
      { log: { level: 'info' }, ...config, ...how.config },
      how.env,
      how.tree,
    );
  const processes = new Set<FleetProcess>();
  const receivers = await startReceivers();
  let ingress = await keep(start('ingress'));
  const { password = '' } = testConfig({}).security.admin;
  const api = await openApi(ingress.url, password);
  const database = openDatabase({ url: judgeUrl, connections: 4, onError: () => undefined });
  const key = await api.register(SENDER, { url: receivers.urlOf(SENDER) });

  const sender = createSender({ url: () => ingress.url, key });

  async function keep(starting: Promise<FleetProcess>): Promise<FleetProcess> {
    const started = await starting;
    processes.add(started);
    void started.ended.then(() => processes.delete(started));
    return started;
  }

  async function evidence(): Promise<Evidence> {
    return { accepted: sender.accepted, received: receivers.records(), state: await readFinalState(database) };
  }

  return {
    api,
    receivers,
    sender,
    database,
    get ingress() {
      return ingress;
    },
    get workers() {
      return [...processes].filter((running) => running !== ingress);
    },
    startWorker: (how) => keep(start('worker', how)),
    async killIngress() {
      ingress.kill('SIGKILL');
      await ingress.ended;
    },
    async startIngress(how) {
      ingress = await keep(start('ingress', how));
    },
    async register(ids, fields = {}) {
      for (const id of ids) await api.register(id, { url: receivers.urlOf(id), ...fields });
    },
    async registerMany(prefix, count) {
      const ids = Array.from({ length: count }, (_, i) => `${prefix}-${i}`);
      await insertNodes(database, ids, ids.map(receivers.urlOf));
      return ids;
    },
    drained: () => until(async () => expect(await countPending(database, null)).toBe(0)),
    finished: (nodes) => until(async () => expect(await countPending(database, nodes)).toBe(0)),
    attempted: (nodes, attempts) =>
      until(async () => expect(await fewestAttempts(database, nodes)).toBeGreaterThanOrEqual(attempts)),
    atRest: (node) => until(async () => expect(await isLeased(database, node)).toBe(false)),
    pending: (nodes) => countPending(database, nodes),
    async unrecorded(nodes) {
      const { received, state } = about(new Set(nodes), await evidence());
      return received.length - state.deliveries.reduce((sum, { attempts }) => sum + attempts, 0);
    },
    async judge(nodes, { duplicates = 0, retry = RETRY } = {}) {
      return judge(about(new Set(nodes), await evidence()), { duplicates, retryOf: () => retry });
    },
    async close() {
      await Promise.all([...processes].map((running) => running.stop()));
      await database.close();
      await receivers.close();
    },
  };
}

/** The part of the evidence that is about some nodes. */
function about(nodes: ReadonlySet<string>, { accepted, received, state }: Evidence): Evidence {
  const isMeant = ({ node }: { readonly node: string }) => nodes.has(node);
  return {
    accepted: accepted
      .map((record) => ({ ...record, nodes: record.nodes.filter((node) => nodes.has(node)) }))
      .filter((record) => record.nodes.length > 0),
    received: received.filter(isMeant),
    state: { ...state, deliveries: state.deliveries.filter(isMeant) },
  };
}

async function insertNodes({ pool }: Database, ids: readonly string[], urls: readonly string[]): Promise<void> {
  await pool.query(
    `INSERT INTO node (id, name, url, protocol, subscriptions)
     SELECT id, id, url, 'webhook', '{}' FROM unnest($1::text[], $2::text[]) AS t(id, url)`,
    [ids, urls],
  );
}

/** Null: of all nodes. */
async function countPending({ pool }: Database, nodes: readonly string[] | null): Promise<number> {
  const { rows } = await pool.query<{ count: number }>(
    `SELECT count(*)::int AS count FROM delivery WHERE state = 'pending' AND ($1::text[] IS NULL OR node_id = ANY($1))`,
    [nodes],
  );
  return rows[0]?.count ?? 0;
}

async function fewestAttempts({ pool }: Database, nodes: readonly string[]): Promise<number> {
  const { rows } = await pool.query<{ attempts: number | null }>(
    'SELECT min(attempts) AS attempts FROM delivery WHERE node_id = ANY($1)',
    [nodes],
  );
  return rows[0]?.attempts ?? 0;
}

async function isLeased({ pool }: Database, node: string): Promise<boolean> {
  const { rows } = await pool.query('SELECT 1 FROM lane WHERE node_id = $1 AND token IS NOT NULL', [node]);
  return rows.length > 0;
}
