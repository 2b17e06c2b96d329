import { randomUUID } from 'node:crypto';
import { policyFor, type Config, type OutboundMessage } from '#core';
import { checkNodeAuth, checkNodeTls, checkNodeUrl, createEgressGuard, createNodeClient } from '#node-client';
import type { ProblemEntry } from './http/problem.ts';
import type { ManagementPorts } from './management/ports.ts';

export interface NodeProbe extends Pick<ManagementPorts, 'checkNode' | 'ping'> {
  close(): Promise<void>;
}

/** Tells before anything is delivered whether a node can be reached: by its URL when it is saved, and by a test request when asked for. */
export function createNodeProbe({ delivery, security }: Config): NodeProbe {
  const { allow } = delivery.network;
  const guard = createEgressGuard(allow);
  const client = createNodeClient({ allow, ishare: security.ishare });
  return {
    checkNode({ url, auth, tls }) {
      return [
        ...entry('url', url === undefined ? null : checkNodeUrl(url, guard)),
        ...entry('auth', auth == null ? null : checkNodeAuth(auth, guard)),
        ...entry('tls', tls == null ? null : checkNodeTls(tls)),
      ];
    },
    ping: (node) => client.attempt(node, pingMessage(new Date()), { timeout: policyFor(delivery, node).timeout }),
    close: () => client.close(),
  };
}

function entry(path: string, message: string | null): ProblemEntry[] {
  return message === null ? [] : [{ path, message }];
}

/** Signed and authenticated like any message, and recognisable by its type. */
function pingMessage(createdAt: Date): OutboundMessage {
  return {
    id: randomUUID(),
    source: 'urn:distribution-orchestrator',
    senderId: null,
    type: 'orchestrator.ping',
    contentType: 'application/json',
    payload: Buffer.from('{"ping":true}'),
    recordedTime: null,
    eventType: null,
    attributes: null,
    createdAt,
  };
}
