import type { Description, JsonSchema, Operation } from '../../operator/description/read-description.ts';
import { BODIES, type Body } from './bodies.ts';
import type { Caller, World } from './world.ts';

/** `done`: as the description says of a success. `nothing`: the same, with an empty list. Else a status. */
export type Outcome = 'done' | 'nothing' | number;

/** What comes of a call for those whose role may make it: whose the named thing is decides. */
export interface Ownership {
  readonly users?: Outcome;
  readonly node?: Outcome;
  readonly 'other node'?: Outcome;
}

/** A way to make a call, and what it names. */
export interface Row {
  readonly operation: Operation;
  readonly names: string;
  readonly ownership: Ownership;
  path(world: World, caller: Caller): string;
  readonly body?: Body;
}

/** A name in a path or a query. */
interface Naming {
  readonly names: string;
  readonly ownership?: Ownership;
  of(world: World, caller: Caller): string;
}

const theMessage: Naming = {
  names: 'the message',
  of: ({ message }) => message,
  // Also the node that it goes to: what it may see of a message is what it is sent.
  ownership: { node: 'done', 'other node': 404 },
};
const theNode: Naming = { names: 'the node', of: ({ node }) => node };
const theDelivery: Naming = { names: 'the delivery', of: ({ delivery }) => delivery };

/** By what stands before it in a path: whose it may be. Where nodes may call, each says what becomes of another's. */
const IN_PATHS: Readonly<Record<string, readonly Naming[]>> = {
  nodes: [theNode],
  messages: [theMessage],
  deliveries: [theDelivery],
  keys: [
    { names: "the node's key", of: ({ key }) => key },
    { names: "another node's key", of: ({ otherKey }) => otherKey, ownership: { users: 404 } },
  ],
  users: [
    { names: 'the user itself', of: ({ selfOf }, caller) => selfOf(caller) },
    { names: 'another user', of: ({ user }) => user },
  ],
};

const IN_QUERIES: Readonly<Record<string, Naming>> = {
  origin: { ...theNode, names: 'its origin', ownership: { node: 'done', 'other node': 'nothing' } },
  node: {
    ...theNode,
    names: 'a receiver',
    of: ({ otherNode }) => otherNode,
    ownership: { node: 'done', 'other node': 'nothing' },
  },
  message: theMessage,
};

/** Members of bodies that name a node, a message or a delivery. */
const NAMING = new Set(['origin', 'destinations', 'ids', 'node', 'message']);
/** And what has such a name, but names nothing: the bytes of a message. */
const NOT_NAMING = new Set(['POST /api/message: message']);

/** Every operation in every way to name something. Throws for one that is not known here, so that a new route is tried too. */
export function rowsOf({ operations }: Description): Row[] {
  return operations.flatMap((operation) => [...rowsByPath(operation), ...rowsByQuery(operation)]);
}

export function nameOf({ method, path }: Operation): string {
  return `${method} ${path}`;
}

function rowsByPath(operation: Operation): Row[] {
  const waysOfPath = placesOf(operation.path).reduce<Row[]>(
    (rows, place) => rows.flatMap((row) => namingsOf(operation, place).map((naming) => withName(row, place, naming))),
    [{ operation, names: '', ownership: {}, path: () => operation.path }],
  );
  const bodies = bodiesOf(operation);
  if (bodies === undefined) return waysOfPath;
  return waysOfPath.flatMap((row) =>
    bodies.map((body) => ({
      ...row,
      body,
      names: [row.names, body.names].filter(Boolean).join(', '),
      ownership: { ...row.ownership, ...body.ownership },
    })),
  );
}

/** `{id}` of `/nodes/{id}`, and what it is one of. */
function placesOf(path: string): { readonly parameter: string; readonly kind: string }[] {
  return [...path.matchAll(/(\w+)\/(\{\w+\})/g)].map(([, kind = '', parameter = '']) => ({ kind, parameter }));
}

function namingsOf(operation: Operation, { kind }: { readonly kind: string }): readonly Naming[] {
  return IN_PATHS[kind] ?? hole(operation, `whose ${kind} are`);
}

function withName(row: Row, { parameter }: { readonly parameter: string }, naming: Naming): Row {
  return {
    ...row,
    names: [row.names, naming.names].filter(Boolean).join(', '),
    ownership: { ...row.ownership, ...naming.ownership },
    path: (world, caller) => row.path(world, caller).replace(parameter, naming.of(world, caller)),
  };
}

function rowsByQuery(operation: Operation): Row[] {
  const named = operation.parameters.filter(({ in: place, name }) => place === 'query' && name in IN_QUERIES);
  return named.map(({ name }) => {
    const naming = IN_QUERIES[name] ?? hole(operation, `what ${name} names`);
    return {
      operation,
      names: `${name}=: ${naming.names}`,
      ownership: naming.ownership ?? {},
      path: (world, caller) => `${operation.path}?${name}=${naming.of(world, caller)}`,
    };
  });
}

function bodiesOf(operation: Operation): readonly Body[] | undefined {
  const { requestBody } = operation;
  if (requestBody === undefined) return undefined;
  const bodies = BODIES[nameOf(operation)] ?? hole(operation, 'a body for it');
  const members = Object.values(requestBody.content).flatMap(({ schema = {} }) => [...membersOf(schema)]);
  const naming = members.filter((name) => NAMING.has(name) && !NOT_NAMING.has(`${nameOf(operation)}: ${name}`));
  const missing = naming.find((name) => !bodies.some(({ names }) => names.includes(name)));
  return missing === undefined ? bodies : hole(operation, `a body that names ${missing}`);
}

function* membersOf(schema: JsonSchema): Generator<string> {
  for (const [name, member] of Object.entries(schema.properties ?? {})) {
    yield name;
    yield* membersOf(member);
  }
  for (const inner of [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.items ? [schema.items] : [])]) {
    yield* membersOf(inner);
  }
}

function hole(operation: Operation, what: string): never {
  throw new Error(`${nameOf(operation)} is not in the table of access: tests/security/access does not know ${what}`);
}
