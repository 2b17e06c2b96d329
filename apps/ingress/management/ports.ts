import type { AttemptResult, DeliverableNode, DeliveryPolicy, NodeAuth, NodeTls, Purge } from '#core';
import type {
  AuditStore,
  Database,
  DeliveryStore,
  EvidenceStore,
  FleetStore,
  KeyStore,
  LogStore,
  MessageStore,
  NodeStore,
  OverviewStore,
  StatsStore,
  UserStore,
} from '#persistence';
import type { IssuedToken, Tokens } from '../auth/tokens.ts';
import type { EvidenceSigner } from '../evidence/sign-evidence.ts';
import type { ProblemEntry } from '../http/problem.ts';
import type { Changes } from './overview/changes.ts';

/** What the management API works with. */
export interface ManagementPorts {
  readonly nodes: NodeStore;
  readonly keys: KeyStore;
  readonly users: UserStore;
  readonly messages: MessageStore;
  readonly deliveries: DeliveryStore;
  readonly stats: StatsStore;
  readonly log: LogStore;
  readonly overview: OverviewStore;
  readonly fleet: Pick<FleetStore, 'list'>;
  readonly changes: Pick<Changes, 'follow'>;
  /** `delivery` of the configuration: what a node's overrides override. */
  readonly policy: DeliveryPolicy;
  readonly tokens: Pick<Tokens, 'issue'>;
  /** A token for the party of an iSHARE client assertion; null when it is not accepted. Null where `security.ishare` is not configured. */
  readonly signInParty: ((assertion: string, clientId: string) => Promise<IssuedToken | null>) | null;
  /** Where the fleet counts wrong log-ins; each process for itself without. */
  readonly logInPool?: Database['pool'];
  readonly purge: Purge;
  readonly audit: AuditStore;
  readonly evidence: EvidenceStore;
  readonly signer: EvidenceSigner;
  /** Encrypts the secrets of all nodes under the current secret; answers how many nodes had another. */
  reseal(actor: string): Promise<number>;
  /** What is wrong with where a node is, or with how we would authenticate there; empty when nothing is. */
  checkNode(node: {
    readonly url?: string | undefined;
    readonly auth?: NodeAuth | null | undefined;
    readonly tls?: NodeTls | null | undefined;
  }): readonly ProblemEntry[];
  /** Makes one signed test request. */
  ping(node: DeliverableNode): Promise<PingResult>;
  /** Has lanes look for work some time after now. */
  wake(nodeIds: readonly string[]): void;
  /** The workers that are there now. */
  workers(): Promise<readonly FleetWorker[]>;
}

export type PingResult = Pick<AttemptResult, 'outcome' | 'status' | 'duration' | 'error' | 'body'>;

export interface FleetWorker {
  readonly id: string;
  readonly address: string | null;
  readonly since: Date | null;
}
