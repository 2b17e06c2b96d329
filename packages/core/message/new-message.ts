import type { NodeAddress } from '../routing/node.ts';
import type { Call } from './call.ts';
import { digestOf, fingerprintOf } from './fingerprint.ts';
import type { NewMessage } from './message.ts';

/** Makes a message of a call, once it is known whom it is from and who gets it. */
export function newMessage(call: Call, id: string, origin: NodeAddress, nodes: readonly string[]): NewMessage {
  const digest = digestOf(call.payload);
  return {
    id,
    origin: origin.id,
    source: origin.did ?? origin.id,
    senderId: call.senderId,
    type: call.type,
    contentType: call.contentType,
    payload: call.payload,
    digest,
    fingerprint: fingerprintOf({ ...call, digest }),
    recordedTime: call.recordedTime,
    eventType: call.eventType,
    attributes: call.attributes,
    nodes,
  };
}
