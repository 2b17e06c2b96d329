import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { DeliverableNode, NodeTls, OutboundMessage } from '#core';
import { makeCertificates } from '#testkit';
import { createNodeClient, type NodeClient } from '../node-client.ts';
import { checkNodeTls } from './node-tls.ts';

const { ca, of } = makeCertificates();
const { good, expired } = of;

/** Lets in only who shows a certificate of the authority, and tells whose it is. */
let server: Server;
let client: NodeClient;
let seen: string[];

beforeEach(async () => {
  seen = [];
  server = createServer({ ...good, ca, requestCert: true, rejectUnauthorized: true }, (request, response) => {
    seen.push((request.socket as TLSSocket).getPeerCertificate().subject.CN as string);
    request.resume();
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  client = createNodeClient({ allow: ['127.0.0.1'] });
});
afterEach(async () => {
  await client.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function attempt(tls?: NodeTls) {
  const node: DeliverableNode = {
    id: 'customs',
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    protocol: 'webhook',
    ordering: 'none',
    paused: false,
    policy: {},
    auth: { type: 'none' },
    ...(tls !== undefined && { tls }),
    secrets: [],
  };
  return client.attempt(node, message, { timeout: 5 });
}

const message: OutboundMessage = {
  id: '0190c2f0-7d3a-7000-8000-00000000000a',
  source: 'did:web:terminal.example',
  senderId: null,
  type: 'container.gate-in',
  contentType: 'application/json',
  payload: Buffer.from('{}'),
  recordedTime: null,
  eventType: null,
  attributes: null,
  createdAt: new Date('2026-03-01T12:00:00.250Z'),
};

test("a node's own authority is trusted, and our certificate shown to it", async () => {
  const tls = { ca, certificate: good.cert, privateKey: good.key };
  expect(await attempt(tls)).toMatchObject({ outcome: 'success' });
  expect(await attempt(tls)).toMatchObject({ outcome: 'success' });
  expect(seen).toEqual(['good', 'good']);
});

test('a connection with a certificate is not used by a node without, or with another', async () => {
  expect(await attempt({ ca, certificate: good.cert, privateKey: good.key })).toMatchObject({ outcome: 'success' });
  expect((await attempt({ ca })).outcome).not.toBe('success');
  expect((await attempt({ ca, certificate: expired.cert, privateKey: expired.key })).outcome).not.toBe('success');
  expect(await attempt()).toMatchObject({ outcome: 'tls-error' });
  expect(seen).toEqual(['good']);
});

test('certificates that can not be used are told of when the node is saved, and end the attempt in words', async () => {
  expect(checkNodeTls({ ca, certificate: good.cert, privateKey: good.key })).toBeNull();
  expect(checkNodeTls({ certificate: good.cert })).toBe('expected certificate and privateKey, both or neither');
  for (const tls of [
    { ca: '-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----' },
    { certificate: good.cert, privateKey: expired.key },
    { certificate: 'x', privateKey: 'y' },
  ]) {
    expect(checkNodeTls(tls)).toMatch(/^expected certificates and a private key in PEM/);
    expect(await attempt(tls)).toMatchObject({ outcome: 'connection-error', status: null });
  }
});
