import {
  createSubscriptionMatcher,
  newMessage,
  type Facts,
  type MessageIntake,
  type NewMessage,
  type NodeAddress,
  type Report,
} from '#core';

export interface OperationalEventsOptions {
  readonly intake: Pick<MessageIntake, 'store'>;
  /** The nodes as they are registered now. */
  loadNodes(): Promise<readonly NodeAddress[]>;
  wake(nodeIds: readonly string[]): Promise<void>;
  /** Makes a message's id. */
  nextId(): string;
  /** Milliseconds since the epoch. */
  now(): number;
  readonly report: Report;
}

/**
 * Tells nodes that subscribed to it of what an operator should know, by messages like any other: `orchestrator.delivery.frozen`,
 * `orchestrator.node.suspect`, `orchestrator.node.recovered`, `orchestrator.backlog.old`. See docs/adr/0024.
 */
export interface OperationalEvents {
  /** The same report; what goes through it and is an operational event becomes a message as well. */
  listen(report: Report): Report;
  tell(event: OperationalEvent, facts: Facts & { readonly node: string }): void;
  /** Resolves when nothing is under way any more. */
  idle(): Promise<void>;
}

const EVENTS = ['delivery.frozen', 'node.suspect', 'node.recovered', 'backlog.old'] as const;
export type OperationalEvent = (typeof EVENTS)[number];

/** What all types begin with. A pattern must, too: whoever subscribed to everything meant the senders' messages. */
const PREFIX = 'orchestrator.';
const ORIGIN = { id: 'urn:distribution-orchestrator', did: null, subscriptions: [] } satisfies NodeAddress;

/** Ms in which an event of a kind is told once a node, by whichever process of the fleet sees it first. */
const WINDOW = 300_000;

export function createOperationalEvents(options: OperationalEventsOptions): OperationalEvents {
  const { now, report } = options;
  let current = -1;
  let told = new Set<string>();
  const underWay = new Set<Promise<void>>();

  function tell(event: OperationalEvent, facts: Facts & { readonly node: string }): void {
    if (isOurOwn(facts)) return;
    const window = Math.floor(now() / WINDOW);
    if (window !== current) told = new Set();
    current = window;
    const key = `${event} ${facts.node}`;
    if (told.has(key)) return;
    told.add(key);
    const sending = publish(options, event, facts, `${key} ${window}`)
      .catch((error: unknown) => report.warn('operational-event.lost', { event, node: facts.node, error }))
      .finally(() => underWay.delete(sending));
    underWay.add(sending);
  }

  function hear(event: string, facts: Facts | undefined): void {
    const known = EVENTS.find((one) => one === event);
    if (known !== undefined && typeof facts?.['node'] === 'string') tell(known, { ...facts, node: facts['node'] });
  }

  return {
    tell,
    listen: (report) => ({
      ...report,
      info(event, facts) {
        report.info(event, facts);
        hear(event, facts);
      },
      warn(event, facts) {
        report.warn(event, facts);
        hear(event, facts);
      },
    }),
    async idle() {
      await Promise.all(underWay);
    },
  };
}

/** About a message of ours: to tell of its failure would be the next one. */
function isOurOwn({ type }: Facts): boolean {
  return typeof type === 'string' && type.startsWith(PREFIX);
}

async function publish(
  { intake, loadNodes, wake, nextId }: OperationalEventsOptions,
  event: OperationalEvent,
  facts: Facts & { readonly node: string },
  senderId: string,
): Promise<void> {
  const type = `${PREFIX}${event}`;
  const nodes = subscribers(await loadNodes(), type).filter((id) => id !== facts.node);
  if (nodes.length === 0) return;
  const message = eventMessage({ type, facts: { event, ...facts }, senderId, id: nextId(), nodes });
  // Another process was first: the same sender's id with other facts is a conflict, and with the same a repeat.
  if ((await intake.store(message)).kind === 'stored') await wake(nodes);
}

function subscribers(nodes: readonly NodeAddress[], type: string): string[] {
  const meant = nodes.map(
    ({ id, subscriptions }) => [id, subscriptions.filter((pattern) => pattern.startsWith(PREFIX))] as const,
  );
  return [...createSubscriptionMatcher(meant).match(type)];
}

interface EventParts {
  readonly type: string;
  readonly facts: Facts;
  readonly senderId: string;
  readonly id: string;
  readonly nodes: readonly string[];
}

function eventMessage({ type, facts, senderId, id, nodes }: EventParts): NewMessage {
  const call = {
    senderId,
    type,
    contentType: 'application/json',
    payload: Buffer.from(JSON.stringify(facts)),
    recordedTime: null,
    eventType: null,
    attributes: null,
    origin: null,
    route: 'subscribed',
    destinations: null,
  } as const;
  return newMessage(call, id, ORIGIN, nodes);
}
