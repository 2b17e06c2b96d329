import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** What is answered to one question for addresses. `silent`: nothing, ever. */
export type NameReply = readonly string[] | 'no-such-name' | 'server-failure' | 'silent';

/** A name server (RFC 1035, UDP) on 127.0.0.1 that knows what a test tells it; any other name does not exist. */
export interface NameServer {
  /** `HOST:PORT` */
  readonly address: string;
  /** How questions for the IPv4 addresses of a name are answered; `index` counts them from 0. There are no IPv6 ones. */
  answer(name: string, reply: NameReply | ((index: number) => NameReply)): void;
  /** How often the IPv4 addresses of a name were asked for. */
  asked(name: string): number;
  close(): Promise<void>;
}

interface Question {
  readonly name: string;
  readonly type: number;
  /** The section as it came. */
  readonly bytes: Buffer;
}

const HEADER = 12;
const A = 1;
/** A response, recursion desired and available. */
const FLAGS = 0x81_80;
const CODES = { 'no-such-name': 3, 'server-failure': 2 } as const;

export async function startNameServer(): Promise<NameServer> {
  const replies = new Map<string, (index: number) => NameReply>();
  const questions = new Map<string, number>();
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    const question = readQuestion(query);
    const reply = replyTo(question);
    if (reply !== 'silent') socket.send(encode(query.readUInt16BE(0), question, reply), port, address);
  });

  function replyTo({ name, type }: Question): NameReply {
    const index = questions.get(name) ?? 0;
    if (type === A) questions.set(name, index + 1);
    const reply = replies.get(name)?.(index) ?? 'no-such-name';
    return type === A || typeof reply === 'string' ? reply : [];
  }

  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    answer: (name, reply) => void replies.set(name, typeof reply === 'function' ? reply : () => reply),
    asked: (name) => questions.get(name) ?? 0,
    async close() {
      socket.close();
      await once(socket, 'close');
    },
  };
}

function readQuestion(query: Buffer): Question {
  const labels: string[] = [];
  let at = HEADER;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  const end = at + 5;
  return { name: labels.join('.').toLowerCase(), type: query.readUInt16BE(at + 1), bytes: query.subarray(HEADER, end) };
}

function encode(id: number, { bytes }: Question, reply: readonly string[] | keyof typeof CODES): Buffer {
  const addresses = typeof reply === 'string' ? [] : reply;
  const header = Buffer.alloc(HEADER);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(FLAGS + (typeof reply === 'string' ? CODES[reply] : 0), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(addresses.length, 6);
  return Buffer.concat([header, bytes, ...addresses.map(recordOf)]);
}

/** Of the name asked for, good for no time at all. */
function recordOf(address: string): Buffer {
  const fixed = [0xc0, HEADER, 0, A, 0, 1, 0, 0, 0, 0, 0, 4];
  return Buffer.from([...fixed, ...address.split('.').map(Number)]);
}
