import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { Option, type Command } from 'commander';
import type { Attempt, Message, MessageFilter, NewMessage } from '#client';
import { codeOf } from '#runtime';
import { FailedError, UsageError } from '../command-error.ts';
import type { Context } from '../context.ts';
import { showMoment } from '../output/moment.ts';
import { renderFields, renderTable } from '../output/table.ts';
import { deliveryCells, deliveryHead, STATES } from './delivery-cells.ts';
import { addListOptions, readList, type ListOptions } from './listing.ts';
import { collect, readMoment } from './read-options.ts';

interface SendOptions {
  readonly type: string;
  readonly to?: readonly string[];
  readonly id?: string;
  readonly origin?: string;
  readonly contentType?: string;
  readonly data?: string;
}

export function addMessageCommands(program: Command, context: Context): void {
  const message = program.command('message').description('Messages, with what became of them.');
  addList(message, context);
  addShow(message, context);
  addSend(message, context);
}

function addList(message: Command, context: Context): void {
  const list = message.command('list').description('Lists messages, newest first.');
  addListOptions(list)
    .option('--type <type>')
    .option('--origin <node>', 'sent by or for this node')
    .option('--node <node>', 'with a delivery to this node')
    .addOption(new Option('--state <state>', 'with a delivery in this state').choices(STATES))
    .option('--since <when>', 'accepted at or after this moment, or so long ago: 2h', readMoment(context.now))
    .option('--until <when>', 'accepted before this moment', readMoment(context.now))
    .action(async ({ limit, all, ...filter }: ListOptions & MessageFilter, command: Command) => {
      const { messages } = context.connect(command);
      const items = await readList(context, { limit, all: all === true }, (page) =>
        messages.list({ ...filter, ...page }),
      );
      context.show(command, items, () => renderMessages(items));
    });
}

function addShow(message: Command, context: Context): void {
  message
    .command('show')
    .description('Shows a message, its deliveries and their attempts.')
    .argument('<id>', "the orchestrator's id of the message")
    .action(async (id: string, _options: unknown, command: Command) => {
      const { messages } = context.connect(command);
      const found = await messages.get(id);
      const attempts: Attempt[] = [];
      for await (const attempt of messages.allAttempts(id)) attempts.push(attempt);
      context.show(command, { ...found, attempted: attempts }, () => renderMessage(found, attempts));
    });
}

function addSend(message: Command, context: Context): void {
  message
    .command('send')
    .description('Sends a message. Its bytes go out as they are.')
    .argument('[file]', 'the payload; - reads it from standard input')
    .requiredOption('--type <type>', 'the type, such as container.gate-in')
    .option(
      '--to <node>',
      'a node, by id or DID; may be given several times. Without: the nodes subscribed to the type',
      collect,
    )
    .option('--id <id>', 'an id of your own: sent again with the same one, the message goes out once')
    .option('--origin <node>', "the node it is sent for; with a node's key it is that node anyway")
    .option('--content-type <type>', 'application/json if the payload is JSON, else application/octet-stream')
    .option('--data <text>', 'the payload itself, instead of a file')
    .action(async (file: string | undefined, options: SendOptions, command: Command) => {
      const payload = await readPayload(context, file, options.data);
      const sent = await context.connect(command, { sending: true }).intake.send(messageOf(payload, options));
      context.show(command, sent, () => {
        const rows = sent.deliveries.map(({ node, state }) => [node, state]);
        const nothing = 'No node is subscribed to its type: it is kept, and shown as unrouted.';
        return `${sent.id}\n\n${renderTable(['NODE', 'STATE'], rows, nothing)}`;
      });
    });
}

async function readPayload({ terminal }: Context, file: string | undefined, data: string | undefined): Promise<Buffer> {
  if ((file === undefined) === (data === undefined)) {
    throw new UsageError(`expected a file or --data, got ${file === undefined ? 'neither' : 'both'}`);
  }
  if (data !== undefined) return Buffer.from(data);
  if (file === undefined || file === '-') return buffer(terminal.stdin);
  try {
    return await readFile(file);
  } catch (error) {
    throw new FailedError(`${file} can not be read (${codeOf(error) ?? String(error)})`);
  }
}

function messageOf(payload: Buffer, { type, to, id, origin, contentType }: SendOptions): NewMessage {
  return {
    type,
    contentType: contentType ?? (isJson(payload) ? 'application/json' : 'application/octet-stream'),
    payloadBase64: payload.toString('base64'),
    ...(to !== undefined && { destinations: to }),
    ...(id !== undefined && { id }),
    ...(origin !== undefined && { origin }),
  };
}

function isJson(payload: Buffer): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
    return true;
  } catch {
    // Bytes of any other kind are as welcome.
    return false;
  }
}

function renderMessages(messages: readonly Message[]): string {
  return renderTable(
    ['ID', 'TYPE', 'ORIGIN', 'BYTES', 'ACCEPTED', 'DELIVERIES'],
    messages.map((message) => [
      message.id,
      message.type,
      message.origin,
      message.size,
      showMoment(message.createdAt),
      summarise(message),
    ]),
    'No messages.',
  );
}

/** `2 delivered, 1 frozen`. */
function summarise({ deliveries, unrouted }: Message): string {
  if (unrouted) return 'unrouted';
  const counts = STATES.map(
    (state) => [state, deliveries.filter((delivery) => delivery.state === state).length] as const,
  );
  return counts.flatMap(([state, count]) => (count === 0 ? [] : [`${count} ${state}`])).join(', ');
}

function renderMessage(message: Message, attempts: readonly Attempt[]): string {
  const fields = renderFields({
    id: message.id,
    'sender id': message.senderId,
    type: message.type,
    origin: message.origin,
    content: `${message.size} bytes of ${message.contentType}`,
    'sha-256': message.digest,
    accepted: showMoment(message.createdAt),
  });
  const deliveries = renderTable(
    deliveryHead,
    message.deliveries.map(deliveryCells),
    message.unrouted ? 'No node was subscribed to its type.' : 'No deliveries.',
  );
  const attempted = renderTable(
    ['NODE', 'ATTEMPT', 'STARTED', 'MS', 'STATUS', 'OUTCOME', 'ERROR', 'ANSWER'],
    attempts.map((attempt) => [
      attempt.node,
      attempt.number,
      showMoment(attempt.startedAt),
      Math.round(attempt.duration),
      attempt.status,
      attempt.outcome,
      attempt.error,
      attempt.body === null ? null : attempt.body.trim(),
    ]),
    'No attempts yet.',
  );
  return [fields, deliveries, attempted].join('\n\n');
}
