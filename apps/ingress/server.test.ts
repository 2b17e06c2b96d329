import { Agent, request as httpRequest, type RequestListener, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { once } from 'node:events';
import { createServer, type IngressServer } from './server.ts';

const servers: IngressServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop(0);
});

async function start(handler: RequestListener, connections?: number): Promise<{ server: IngressServer; port: number }> {
  const server = createServer(handler, {
    host: '127.0.0.1',
    port: 0,
    ...(connections !== undefined && { connections }),
  });
  servers.push(server);
  const { port } = await server.start();
  return { server, port };
}

/** A server whose answers the test sends. */
async function startHeld() {
  const held: ServerResponse[] = [];
  let arrived: () => void = () => undefined;
  const started = await start((_request, response) => {
    held.push(response);
    arrived();
  });
  return { ...started, held, next: () => new Promise<void>((resolve) => (arrived = resolve)) };
}

function get(port: number, agent: Agent): Promise<{ status: number; connection: string | undefined }> {
  return new Promise((resolve, reject) => {
    httpRequest({ host: '127.0.0.1', port, agent }, (response) => {
      response.resume().on('end', () => {
        resolve({ status: response.statusCode ?? 0, connection: response.headers.connection });
      });
    })
      .on('error', reject)
      .end();
  });
}

/** Sends bytes as they are, and resolves with all that comes back until the connection ends. */
async function exchangeRaw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
  socket.on('error', () => undefined);
  socket.write(bytes);
  await once(socket, 'close');
  return answer;
}

test('a stop finishes the request under way, tells its connection to close, and takes no more', async () => {
  const agent = new Agent({ keepAlive: true });
  const { server, port, held, next } = await startHeld();
  const arrival = next();
  const answer = get(port, agent);
  await arrival;
  const stopped = server.stop(10);
  const again = server.stop(10);
  held[0]?.end('done');
  expect(await answer).toEqual({ status: 200, connection: 'close' });
  await Promise.all([stopped, again]);
  await expect(get(port, agent)).rejects.toThrow(/ECONNREFUSED/);
});

test('a stop ends a connection whose answer has begun once the answer is through', async () => {
  const { server, port, held, next } = await startHeld();
  const arrival = next();
  const answer = get(port, new Agent({ keepAlive: true }));
  await arrival;
  held[0]?.write('half');
  const stopped = server.stop(10);
  held[0]?.end('done');
  expect((await answer).status).toBe(200);
  await stopped;
});

test('a stop closes connections that are idle', async () => {
  const agent = new Agent({ keepAlive: true });
  const { server, port } = await start((_request, response) => response.end());
  await get(port, agent);
  await server.stop(10);
});

test('a stop cuts what is not finished in time', async () => {
  const { server, port, next } = await startHeld();
  const arrival = next();
  const answer = get(port, new Agent());
  const failure = expect(answer).rejects.toThrow(/socket hang up/);
  await arrival;
  await server.stop(0);
  await failure;
});

test('a port that is taken is an error of the start', async () => {
  const { port } = await start((_request, response) => response.end());
  await expect(createServer(() => undefined, { host: '127.0.0.1', port }).start()).rejects.toThrow(/EADDRINUSE/);
});

test('what is no HTTP gets a problem document, and so do headers that are too large', async () => {
  const { port } = await start((_request, response) => response.end('fine'));
  expect(await exchangeRaw(port, 'NONSENSE\r\n\r\n')).toMatch(
    /^HTTP\/1\.1 400 [^]*application\/problem\+json[^]*"urn:problem:bad-request"/,
  );
  const large = `GET / HTTP/1.1\r\nhost: a\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`;
  expect(await exchangeRaw(port, large)).toMatch(/^HTTP\/1\.1 431 [^]*"urn:problem:headers-too-large"/);
});

test('a request that is broken after its answer has begun gets no second one', async () => {
  const { port } = await start((_request, response) => response.end('early'));
  const answer = await exchangeRaw(
    port,
    'POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\nNONSENSE\r\n',
  );
  expect(answer.match(/HTTP\/1\.1/g)?.length ?? 0).toBeLessThanOrEqual(1);
});

test('connections above the cap are closed at once', async () => {
  const agent = new Agent({ keepAlive: true });
  const { port } = await start((_request, response) => response.end(), 1);
  await get(port, agent);
  await expect(get(port, new Agent())).rejects.toThrow(/ECONNRESET|socket hang up/);
  expect((await get(port, agent)).status).toBe(200);
  agent.destroy();
});
