import { setTimeout as sleep } from 'node:timers/promises';
import { Option, type Command } from 'commander';
import type { NewKey, Node, Protocol } from '#client';
import { generateWebhookSecret } from '#core';
import type { Context } from '../context.ts';
import { listen, type ListenOptions } from '../listen/listen.ts';
import type { ShownAuth } from '../listen/read-arrival.ts';
import { arrivalDocument, showArrival } from '../listen/show-arrival.ts';
import { printable } from '../output/printable.ts';
import { AUTH_FORMS, collect, readAuth, readSeconds, readWhole } from './read-options.ts';

interface Options {
  readonly id: string;
  readonly protocol: Protocol;
  readonly did?: string;
  readonly subscribe?: readonly string[];
  readonly auth?: ShownAuth;
  readonly port: number;
  readonly status: number;
  readonly delay: number;
  readonly key?: boolean;
  readonly unregister?: boolean;
  readonly replace?: boolean;
}

export function addListenCommand(program: Command, context: Context): void {
  program
    .command('listen')
    .description(
      'Plays a node on this machine: registers it, checks what is delivered to it, and prints it. Ctrl-C ends it.',
    )
    .option('--id <id>', "the node's id", 'listener')
    .addOption(new Option('--protocol <protocol>').choices(['webhook', 'federated']).default('webhook'))
    .option('--did <did>', 'the DID, such as did:web:customs.example')
    .option(
      '--subscribe <pattern>',
      'a pattern of message types, such as container.> ; may be given several times',
      collect,
    )
    .option('--auth <auth>', `what the orchestrator shows the node: ${AUTH_FORMS}`, readAuth)
    .option('--port <port>', 'listen here; 0 takes a free port', readWhole(0, 65_535), 0)
    .option('--status <status>', 'what to answer: 500 plays a node in trouble', readWhole(200, 599), 200)
    .option('--delay <seconds>', 'how long to wait before the answer', readSeconds(3_600), 0)
    .option('--key', 'make a key to send with as this node, and print it; it is revoked at the end')
    .option('--unregister', 'delete the node at the end')
    .option('--replace', 'take over a node of this id that is somewhere else')
    .action((options: Options, command: Command) => run(context, options, command));
}

async function run(context: Context, options: Options, command: Command): Promise<void> {
  const isJson = context.isJson(command);
  const print = (document: object, text: () => string) =>
    context.write(`${isJson ? JSON.stringify(document) : text()}\n`);
  const listening = listenOptionsOf(options);
  await listen(listening, {
    client: context.connect(command),
    secret: generateWebhookSecret(),
    now: context.now,
    pause: (seconds) => (seconds === 0 ? Promise.resolve() : sleep(seconds * 1_000)),
    untilStopped: context.terminal.untilStopped,
    onListening: (node, key) =>
      print({ event: 'listening', node, ...(key !== null && { key: key.key }) }, () => welcome(node, key)),
    onArrival: (answered) => print(arrivalDocument(answered), () => showArrival(answered)),
  });
  print({ event: 'stopped' }, () => farewell(listening));
}

function listenOptionsOf(options: Options): ListenOptions {
  const {
    subscribe: subscriptions,
    auth = { type: 'none' },
    key = false,
    unregister = false,
    replace = false,
  } = options;
  return { ...options, subscriptions, auth, key, unregister, replace };
}

function welcome({ id, url, protocol, did, subscriptions, paused }: Node, key: NewKey | null): string {
  const names = did === null ? id : `${id} (${did})`;
  const lines = [
    `${names} listens at ${url} as a ${protocol} node.`,
    ...(subscriptions.length > 0 ? [`It is subscribed to ${subscriptions.join(', ')}.`] : []),
    ...(paused ? [`It is paused, and gets nothing before: npm run cli -- node resume ${id}`] : []),
  ];
  return [
    ...lines.map(printable),
    ...(key === null ? [] : [`To send as it: x-api-key: ${key.key}   (shown this once, revoked at the end)`]),
    'Ctrl-C ends it.',
    '',
  ].join('\n');
}

function farewell({ id, unregister }: ListenOptions): string {
  return unregister
    ? `${id} is deleted.`
    : `${id} stays registered: its messages are tried again until it listens again. npm run cli -- node delete ${id}`;
}
