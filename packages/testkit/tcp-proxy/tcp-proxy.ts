import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { createPatternWatch, type CutRule } from './cut-rule.ts';
import { joinSockets, type Link, type Weather } from './link.ts';

export type { CutRule } from './cut-rule.ts';
export type { Direction } from './link.ts';

/** A line to a server on this machine that a test can hinder, cut and lose. */
export interface TcpProxy {
  /** A server's URL with this line in its place. */
  through(url: string): string;
  /** Connections made so far. */
  readonly connections: number;
  /** Each chunk is late by so many ms, and no more than so many bytes a second pass each way. */
  slow(how: { readonly delay?: number; readonly rate?: number }): void;
  /** Nothing passes, new connections included; what was sent meanwhile passes at `heal`, as after a network that was away. */
  hold(): void;
  /**
   * Half open: of the connections there are, every byte and the news of their ends are lost, for ever; neither side can tell. So it is
   * with those made before `heal`.
   */
  lose(): void;
  /** Whoever connects is refused with RST, and all connections are reset: the server is gone. */
  refuse(): void;
  /** RST to both sides of every connection. */
  reset(): void;
  /** RST to both sides of the connection over which bytes pass next that fulfil the rule; resolves when that has happened. */
  cutAt(rule: CutRule): Promise<void>;
  /** New connections are as good as none were ever hindered, and what was held passes. */
  heal(): void;
  close(): Promise<void>;
}

type Admission = 'join' | 'lose' | 'refuse';

/** Starts a line to 127.0.0.1 at this port. */
export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const links = new Set<Link>();
  const weather: Weather = { delay: 0, rate: Infinity, held: undefined };
  const pattern = createPatternWatch();
  let admission: Admission = 'join';
  let release: (() => void) | undefined;
  let connections = 0;

  const server = createServer({ noDelay: true }, (client) => {
    connections += 1;
    if (admission === 'refuse') client.resetAndDestroy();
    else admit(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  function admit(client: Socket): void {
    const upstream = connect({ port: target, host: '127.0.0.1', noDelay: true });
    const link = joinSockets(client, upstream, weather, pattern.watch, (ended) => links.delete(ended));
    links.add(link);
    if (admission === 'lose') link.lose();
  }
  function resetAll(): void {
    for (const link of links) link.reset();
  }
  function heal(): void {
    admission = 'join';
    Object.assign(weather, { delay: 0, rate: Infinity, held: undefined });
    release?.();
  }
  return {
    through(url) {
      const replaced = new URL(url);
      replaced.host = `127.0.0.1:${port}`;
      return replaced.href;
    },
    get connections() {
      return connections;
    },
    slow: ({ delay = 0, rate = Infinity }) => void Object.assign(weather, { delay, rate }),
    hold: () => void (weather.held ??= new Promise((resolve) => (release = resolve))),
    lose() {
      admission = 'lose';
      for (const link of links) link.lose();
    },
    refuse() {
      admission = 'refuse';
      resetAll();
    },
    reset: resetAll,
    cutAt: pattern.cutAt,
    heal,
    async close() {
      heal();
      server.close();
      for (const link of links) link.destroy();
      await once(server, 'close');
    },
  };
}
