import { startChild } from '../machine/start-child.ts';
import { startFleetProcess } from '../machine/start-fleet-process.ts';
import type { Load } from '../processes/load.ts';
import type { NoStoreIngress } from '../processes/no-store-ingress.ts';
import type { RowByRowIngress } from '../processes/row-by-row-ingress.ts';
import { measure, type Watched } from './measure.ts';
import { withResources, type Resources } from './resources.ts';
import type { Aims, OpenScenario, Scenario, ScenarioOptions } from './scenario.ts';
import { createKey, nodeIds, openStock, ORIGIN } from './stored-work.ts';

/** Nodes that messages go to in turn, one each. */
const NODES = 20;

/** Row by row each request holds a connection to the database: more at a time than those would only wait for one another. */
const ROW_BY_ROW_CONNECTIONS = 15;

export interface IntakeOptions {
  /** Messages in a request. */
  readonly batch: number;
  /** Nodes that each message names: 1 unless told. Deliveries are counted then, not messages. */
  readonly destinations?: number;
  readonly scale?: number;
  /** Connections, each with one request at a time. */
  readonly connections: number;
  readonly aims: Aims;
}

/** How fast messages are taken in, from the first request to the last answer. No worker is at work meanwhile. */
export function intake(name: string, options: IntakeOptions): Scenario {
  return {
    name,
    ceiling: 'the same route parsing, checking and storing nothing',
    aims: options.aims,
    scale: options.scale ?? 1,
    open: (scenario) => withResources((resources) => openIntake(options, scenario, resources)),
  };
}

async function openIntake(
  { batch, connections, destinations = 1 }: IntakeOptions,
  { servers, payload, profile }: ScenarioOptions,
  resources: Resources,
): Promise<OpenScenario> {
  const nodes = nodeIds(Math.max(NODES, destinations));
  resources.onClose(() => servers.clearQueue());
  const load = await startChild<Load>('load');
  resources.onClose(() => load.stop());

  async function openDatabase() {
    const database = await openStock(servers, { nodes, origins: ['http://127.0.0.1'] });
    resources.onClose(() => database.close());
    return { databaseUrl: database.url, queueUrl: servers.queueUrl, key: await createKey(database) };
  }
  function sender(url: string, key: string, watched: Watched, most = connections) {
    const message = { url, key, payload: payload.toString(), nodes, batch, destinations };
    return (wanted: number) => {
      const requests = Math.ceil(wanted / (batch * destinations));
      const count = requests * batch * destinations;
      const sent = { ...message, requests, connections: Math.min(connections, most) };
      return measure({ servers, watched: { ...watched, load: [load.pid] }, count }, () => load.calls.send(sent));
    };
  }

  const ourDatabase = await openDatabase();
  const ours = await startFleetProcess('ingress', { ...ourDatabase, profile });
  resources.onClose(() => ours.stop());
  const nothingStored = await startChild<NoStoreIngress>('no-store-ingress');
  resources.onClose(() => nothingStored.stop());
  const theirDatabase = await openDatabase();
  const rowByRow = await startChild<RowByRowIngress>('row-by-row-ingress');
  resources.onClose(() => rowByRow.stop());
  const { key } = ourDatabase;
  const ceilingUrl = await nothingStored.calls.start({ key, origin: ORIGIN, nodes });
  const theirUrl = await rowByRow.calls.start(theirDatabase);
  return {
    run: {
      ours: sender(ours.url, key, { ingress: [ours.pid] }),
      ceiling: sender(ceilingUrl, key, { ingress: [nothingStored.pid] }),
      rowByRow: sender(theirUrl, theirDatabase.key, { ingress: [rowByRow.pid] }, ROW_BY_ROW_CONNECTIONS),
    },
    close: () => resources.close(),
  };
}
