import { createApi, repeating } from './http/api.ts';
import { createAuthorization, type Credentials } from './http/authorization.ts';
import { type Platform, realPlatform } from './http/platform.ts';
import { readReply } from './http/read-reply.ts';
import { createAudit, type Audit } from './resources/audit.ts';
import { createChanges, type Changes } from './resources/changes.ts';
import { createDeliveries, type Deliveries } from './resources/deliveries.ts';
import { createIntake, type Intake } from './resources/intake.ts';
import { createKeys, type Keys } from './resources/keys.ts';
import { createLog, type Log } from './resources/log.ts';
import { createMessages, type Messages } from './resources/messages.ts';
import { createNodes, type Nodes } from './resources/nodes.ts';
import { createOverview, type Overview } from './resources/overview.ts';
import { createPurge, type Purge } from './resources/purge.ts';
import { createSession, type SessionResource } from './resources/session.ts';
import { createStats, type StatsResource } from './resources/stats.ts';
import { createUsers, type Users } from './resources/users.ts';

export interface ClientOptions {
  /** Where the orchestrator is: `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly credentials: Credentials;
  /** Seconds for one request. Default: 30. */
  readonly timeout?: number;
  /** How often a call is made again that failed in a way that may pass, and is safe to repeat. Default: 4. */
  readonly repeats?: number;
  /** Clock, chance and HTTP; the real ones unless given. */
  readonly platform?: Partial<Platform>;
}

/**
 * The orchestrator's API, typed (contract sections 2 and 4). Times are seconds unless said otherwise; moments are ISO 8601 texts.
 *
 * Calls that read, and intake with an id of the sender's, are repeated after 429, 502, 503, 504 and lost connections, with growing
 * pauses and not before Retry-After. Every other end but success rejects with an `ApiError` or an `UnreachableError`.
 */
export interface Client {
  readonly intake: Intake;
  readonly nodes: Nodes;
  readonly keys: Keys;
  readonly messages: Messages;
  readonly deliveries: Deliveries;
  readonly stats: StatsResource;
  readonly overview: Overview;
  readonly users: Users;
  readonly purge: Purge;
  readonly log: Log;
  readonly audit: Audit;
  readonly changes: Changes;
  readonly session: SessionResource;
}

const TIMEOUT = 30;
const REPEATS = 4;
const FIRST_PAUSE = 0.25;
const LONGEST_PAUSE = 30;

export function createClient(options: ClientOptions): Client {
  const baseUrl = baseUrlOf(options.url);
  const platform = { ...realPlatform({ timeout: options.timeout ?? TIMEOUT }), ...options.platform };
  const policy = { most: options.repeats ?? REPEATS, firstPause: FIRST_PAUSE, longestPause: LONGEST_PAUSE };
  const authorization = createAuthorization(options.credentials, {
    baseUrl,
    now: platform.now,
    ask: (request) => {
      const once = async () => readReply(await platform.exchange(request), platform.now());
      return repeating(once, { platform, policy });
    },
  });
  const api = createApi({ baseUrl, authorization, platform, policy });
  return {
    intake: createIntake(api),
    nodes: createNodes(api),
    keys: createKeys(api),
    messages: createMessages(api),
    deliveries: createDeliveries(api),
    stats: createStats(api),
    overview: createOverview(api),
    users: createUsers(api),
    purge: createPurge(api),
    log: createLog(api),
    audit: createAudit(api),
    changes: createChanges(api),
    session: createSession(api),
  };
}

function baseUrlOf(url: string): string {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw new TypeError(
      `expected the orchestrator's address, such as http://127.0.0.1:8080, got ${JSON.stringify(url)}`,
    );
  }
  return url.replace(/\/+$/, '');
}
