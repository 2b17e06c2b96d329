import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** A server that says everything back in upper case, and keeps what it has heard. */
let server: Server;
let heard: string;
let accepted: Socket[];
let proxy: TcpProxy;

beforeEach(async () => {
  heard = '';
  accepted = [];
  server = createServer((socket) => {
    accepted.push(socket);
    socket
      .on('error', () => undefined)
      .on('data', (chunk: Buffer) => {
        heard += chunk.toString();
        socket.write(chunk.toString().toUpperCase());
      });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await startTcpProxy((server.address() as AddressInfo).port);
});
afterEach(async () => {
  await proxy.close();
  for (const socket of accepted) socket.destroy();
  server.close();
});

interface Line {
  readonly socket: Socket;
  readonly closed: Promise<unknown>;
  /** Everything said so far. */
  said(): string;
  /** Resolves once this has been said. */
  says(text: string): Promise<void>;
}

async function openLine(): Promise<Line> {
  const { port } = new URL(proxy.through('tcp://any:1'));
  const socket = connect(Number(port), '127.0.0.1');
  const closed = new Promise((resolve) => socket.once('close', resolve));
  let said = '';
  socket.on('error', () => undefined).on('data', (chunk: Buffer) => (said += chunk.toString()));
  // One that is refused may be so before it knows that it was connected.
  await Promise.race([closed, new Promise((resolve) => socket.once('connect', resolve))]);
  return {
    socket,
    closed,
    said: () => said,
    async says(text) {
      while (!said.includes(text)) await once(socket, 'data');
    },
  };
}

/** A line that is known to work. */
async function openWorkingLine(): Promise<Line> {
  const line = await openLine();
  line.socket.write('hello');
  await line.says('HELLO');
  return line;
}

test('bytes pass both ways, and so does the end', async () => {
  const line = await openWorkingLine();
  const [atServer] = accepted;
  line.socket.end();
  if (atServer?.closed === false) await once(atServer, 'close');
  await line.closed;
  expect(proxy.connections).toBe(1);
});

test('a URL keeps all but its host and port', () => {
  const url = proxy.through('postgres://me:secret@10.0.0.1:5432/orchestrator?application_name=x');
  expect(url).toMatch(/^postgres:\/\/me:secret@127\.0\.0\.1:\d+\/orchestrator\?application_name=x$/);
});

test('what is held passes later, in order', async () => {
  const line = await openWorkingLine();
  proxy.hold();
  line.socket.write('one ');
  line.socket.write('two ');
  // The server answers a line that does not come through the proxy meanwhile.
  const direct = connect((server.address() as AddressInfo).port, '127.0.0.1');
  direct.write('direct');
  await once(direct, 'data');
  direct.destroy();
  expect(line.said()).toBe('HELLO');
  proxy.heal();
  await line.says('ONE TWO ');
  line.socket.destroy();
});

test('a lost line says nothing for ever, not even that its other end has gone; a new one works after healing', async () => {
  const line = await openWorkingLine();
  const [atServer] = accepted;
  proxy.lose();
  const second = await openLine();
  line.socket.write('lost');
  second.socket.write('lost too');
  proxy.heal();
  await openWorkingLine();
  expect(heard).toBe('hellohello');
  line.socket.destroy();
  await line.closed;
  await openWorkingLine();
  expect(atServer?.closed).toBe(false);
  second.socket.destroy();
});

test('a reset ends both sides, and a refusing line every new one', async () => {
  const line = await openWorkingLine();
  proxy.refuse();
  await line.closed;
  await (
    await openLine()
  ).closed;
  expect(accepted).toHaveLength(1);
  proxy.heal();
  const later = await openWorkingLine();
  proxy.reset();
  await later.closed;
});

test('cut before: the bytes never reach the server', async () => {
  const line = await openWorkingLine();
  const cut = proxy.cutAt({ pattern: 'COMMIT', moment: 'before' });
  line.socket.write('INSERT; COM');
  await line.says('INSERT; COM');
  line.socket.write('MIT');
  await cut;
  await line.closed;
  expect(heard).toBe('helloINSERT; COM');
});

test('cut when answered: the server has heard it, and its answer is lost; other lines go on', async () => {
  const [line, other] = [await openWorkingLine(), await openWorkingLine()];
  const cut = proxy.cutAt({ pattern: 'COMMIT', moment: 'answered' });
  line.socket.write('COMMIT');
  await cut;
  await line.closed;
  expect(heard).toContain('COMMIT');
  expect(line.said()).toBe('HELLO');
  other.socket.write('more');
  await other.says('MORE');
  other.socket.destroy();
});

test('a slow line passes everything all the same', async () => {
  const line = await openWorkingLine();
  proxy.slow({ delay: 5, rate: 100_000 });
  const text = 'x'.repeat(10_000);
  line.socket.write(text);
  await line.says(text.toUpperCase());
  line.socket.destroy();
});
