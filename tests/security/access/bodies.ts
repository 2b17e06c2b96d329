import { randomUUID } from 'node:crypto';
import type { Ownership } from './rows.ts';
import type { Caller, World } from './world.ts';

/** A body of an operation that is right, and what it names by which of its members. */
export interface Body {
  readonly names: string;
  readonly ownership?: Ownership;
  /** Of the request: `application/json` when left out. */
  readonly contentType?: string;
  of(world: World, caller: Caller): unknown;
}

const plain = (body: unknown): readonly Body[] => [{ names: '', of: () => body }];

/** A user says for whom it sends; a node sends for itself. */
const ANY_NODE: Ownership = { node: 'done', 'other node': 'done' };
const message = ({ otherNode }: World) => ({ type: 't', destinations: [otherNode], payload: 1 });
const byOrigin: Body = {
  names: 'origin: the node',
  ownership: { node: 'done', 'other node': 403 },
  of: (world) => ({ ...message(world), origin: world.node }),
};
const byDestination: Body = { names: 'destinations', ownership: { ...ANY_NODE, users: 400 }, of: message };
const inBatch = ({ of, ...body }: Body): Body => ({
  ...body,
  of: (world, caller) => ({ messages: [of(world, caller)] }),
});

const selections: readonly Body[] = [
  { names: 'ids: the delivery', of: ({ delivery }) => ({ ids: [delivery] }) },
  { names: 'filter.node', of: ({ otherNode }) => ({ filter: { node: otherNode } }) },
  { names: 'filter.message', of: ({ message: id }) => ({ filter: { message: id } }) },
];

const logIn = { username: 'admin', password: 'only for the tests' };
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

/** Bodies that are right, by operation. */
export const BODIES: Readonly<Record<string, readonly Body[]>> = {
  'POST /api/v1/token': plain({ grant_type: 'password', ...logIn }),
  'POST /api/v1/session': plain(logIn),
  'POST /connect/token': [
    {
      names: 'a party, where iSHARE is not configured',
      ownership: { users: 400 },
      of: () => ({
        grant_type: 'client_credentials',
        client_id: 'EU.EORI.NL000000001',
        client_assertion_type: assertionType,
        client_assertion: 'x',
      }),
    },
  ],
  'PUT /api/v1/nodes/{id}': plain({ url: 'http://127.0.0.1:9/other', protocol: 'webhook' }),
  'PATCH /api/v1/nodes/{id}': plain({ name: 'Renamed' }),
  'POST /api/v1/nodes/{id}/rotate-secret': plain({}),
  'POST /api/v1/nodes/{id}/keys': plain({ name: 'gateway' }),
  'POST /api/v1/deliveries/replay': selections,
  'POST /api/v1/deliveries/cancel': selections,
  'POST /api/v1/purge': plain({}),
  'POST /api/v1/users': [
    { names: '', of: () => ({ username: randomUUID(), password: 'long enough', role: 'viewer' }) },
  ],
  'PATCH /api/v1/users/{id}': plain({ role: 'viewer' }),
  'POST /api/message': [
    {
      names: 'destinations',
      ownership: ANY_NODE,
      of: ({ otherNode }) => ({
        recordedTime: 1_735_689_600,
        distributionRule: 'static',
        destinations: [otherNode],
        messageId: randomUUID(),
        messageType: 'event',
        message: 'e30=',
      }),
    },
  ],
  'POST /api/v1/messages': [byOrigin, byDestination],
  'POST /api/v1/messages/batch': [byOrigin, byDestination].map(inBatch),
  'POST /api/v1/events': [
    {
      // What an event says of its origin means nothing where a key has said it.
      names: 'origin: the node, destinations',
      ownership: ANY_NODE,
      contentType: 'application/cloudevents+json',
      of: ({ node, otherNode }) => ({
        specversion: '1.0',
        id: randomUUID(),
        source: node,
        type: 't',
        origin: node,
        destinations: otherNode,
      }),
    },
  ],
};
