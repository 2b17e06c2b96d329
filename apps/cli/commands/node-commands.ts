import { Option, type Command } from 'commander';
import type { Node, NodeAuth, NodeInput, NodePolicy, Ordering, Protocol, SecretRotation } from '#client';
import { generateWebhookSecret } from '#core';
import { UsageError } from '../command-error.ts';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-status.ts';
import { showMoment } from '../output/moment.ts';
import { renderFields, renderTable } from '../output/table.ts';
import { addListOptions, readList, type ListOptions } from './listing.ts';
import { AUTH_FORMS, collect, readAuth, readJsonObject, readSeconds } from './read-options.ts';

interface PutOptions {
  readonly protocol: Protocol;
  readonly did?: string;
  readonly name?: string;
  readonly auth?: NodeAuth;
  readonly secret?: string;
  readonly newSecret?: boolean;
  readonly ordering: Ordering;
  readonly subscribe?: readonly string[];
  readonly policy?: NodePolicy;
}

export function addNodeCommands(program: Command, context: Context): void {
  const node = program.command('node').description('Nodes: the receivers of messages.');
  addListOptions(node.command('list').description('Lists the nodes.')).action(
    async (options: ListOptions, command: Command) => {
      const { nodes } = context.connect(command);
      const items = await readList(context, options, (page) => nodes.list(page));
      context.show(command, items, () => renderNodes(items));
    },
  );
  node
    .command('show')
    .description('Shows a node.')
    .argument('<id>')
    .action(async (id: string, _options: unknown, command: Command) => {
      const found = await context.connect(command).nodes.get(id);
      context.show(command, found, () => renderNode(found));
    });
  addPut(node, context);
  node
    .command('delete')
    .description('Deletes a node and its keys, and cancels what is pending for it.')
    .argument('<id>')
    .action(async (id: string, _options: unknown, command: Command) => {
      await context.connect(command).nodes.delete(id);
      context.show(command, { deleted: id }, () => `${id} is deleted.`);
    });
  addPause(node, context);
  addPing(node, context);
  addRotateSecret(node, context);
}

function addPut(node: Command, context: Context): void {
  node
    .command('put')
    .description('Creates a node, or replaces it. Its secret and its pause stay as they are.')
    .argument('<id>')
    .argument('<address>', 'the URL that deliveries go to; of a federated node the part before /api/message')
    .addOption(new Option('--protocol <protocol>').choices(['federated', 'webhook']).makeOptionMandatory())
    .option('--did <did>', 'the DID, such as did:web:customs.example')
    .option('--name <name>')
    .option('--auth <auth>', `what the orchestrator shows the node: ${AUTH_FORMS}`, readAuth)
    .option('--secret <secret>', 'sign deliveries with this Standard Webhooks secret')
    .option('--new-secret', 'sign deliveries with a new secret, and print it this once')
    .addOption(new Option('--ordering <ordering>').choices(['none', 'fifo']).default('none'))
    .option('--subscribe <pattern>', 'a pattern of message types; may be given several times', collect)
    .option('--policy <json>', 'delivery settings of its own, such as {"timeout": 5}', readJsonObject)
    .action(async (id: string, address: string, options: PutOptions, command: Command) => {
      const secret = options.newSecret === true ? generateWebhookSecret() : options.secret;
      if (options.newSecret === true && options.secret !== undefined) {
        throw new UsageError('expected --secret or --new-secret, got both');
      }
      const put = await context.connect(command).nodes.put(id, inputOf(address, secret, options));
      const shown = options.newSecret === true ? { ...put, secret } : put;
      context.show(command, shown, () => renderNode(shown));
    });
}

function addPause(node: Command, context: Context): void {
  node
    .command('pause')
    .description('Pauses a node: it keeps collecting messages and gets none.')
    .argument('<id>')
    .action(async (id: string, _options: unknown, command: Command) => {
      await context.connect(command).nodes.pause(id);
      context.show(command, { paused: id }, () => `${id} is paused; node resume ${id} ends it.`);
    });
  node
    .command('resume')
    .description('Ends the pause of a node.')
    .argument('<id>')
    .action(async (id: string, _options: unknown, command: Command) => {
      await context.connect(command).nodes.resume(id);
      context.show(command, { resumed: id }, () => `${id} is resumed.`);
    });
}

function addPing(node: Command, context: Context): void {
  node
    .command('ping')
    .description('Makes one signed test request to a node, and tells what came back: 1 when that was no success.')
    .argument('<id>')
    .action(async (id: string, _options: unknown, command: Command) => {
      const { outcome, status, duration, error, body } = await context.connect(command).nodes.ping(id);
      context.status = outcome === 'success' ? EXIT.ok : EXIT.failed;
      context.show(command, { outcome, status, duration, error, body }, () =>
        renderFields({ outcome, status, duration: `${Math.round(duration)} ms`, error, body }),
      );
    });
}

function addRotateSecret(node: Command, context: Context): void {
  node
    .command('rotate-secret')
    .description('Gives a node a new secret, which is printed this once. Until the old one ends, both sign.')
    .argument('<id>')
    .option('--secret <secret>', 'this one, instead of one that is made up')
    .option('--overlap <seconds>', 'how long both sign: a day unless given', readSeconds(31_536_000))
    .action(async (id: string, options: SecretRotation, command: Command) => {
      const rotated = await context.connect(command).nodes.rotateSecret(id, options);
      const { secret, previousUntil } = rotated;
      context.show(command, rotated, () =>
        renderFields({ secret: `${secret} (shown this once)`, 'the one before': showEnd(previousUntil) }),
      );
    });
}

function showEnd(until: string | null): string {
  return until === null ? 'none, or ended' : `signs too until ${showMoment(until)}`;
}

function inputOf(url: string, secret: string | undefined, options: PutOptions): NodeInput {
  const { protocol, ordering, did, name, auth, subscribe, policy } = options;
  return {
    url,
    protocol,
    ordering,
    ...(did !== undefined && { did }),
    ...(name !== undefined && { name }),
    ...(auth !== undefined && { auth }),
    ...(secret !== undefined && { secret }),
    ...(subscribe !== undefined && { subscriptions: subscribe }),
    ...(policy !== undefined && { policy }),
  };
}

function renderNodes(nodes: readonly Node[]): string {
  return renderTable(
    ['ID', 'PROTOCOL', 'ADDRESS', 'DID', 'STATE', 'SUBSCRIBED TO'],
    nodes.map((node) => [node.id, node.protocol, node.url, node.did, stateOf(node), node.subscriptions.join(', ')]),
    'No nodes. npm run cli -- listen starts one, node put registers another.',
  );
}

function renderNode(node: Node & { readonly secret?: string | undefined }): string {
  return renderFields({
    id: node.id,
    name: node.name,
    did: node.did,
    protocol: node.protocol,
    address: node.url,
    auth: node.auth.header === undefined ? node.auth.type : `${node.auth.type} in ${node.auth.header}`,
    ordering: node.ordering,
    state: stateOf(node),
    'subscribed to': node.subscriptions.join(', '),
    policy: Object.keys(node.policy).length === 0 ? null : JSON.stringify(node.policy),
    secret: node.secret === undefined ? null : `${node.secret} (shown this once)`,
  });
}

function stateOf({ paused }: Node): string {
  return paused ? 'paused' : 'active';
}
