import { isFederated, messageTypeOf, type OutboundMessage } from '#core';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * The body of a FEDeRATED node's `POST /api/message`. Written by hand, because `recordedTime` is sent on digit for digit and would not
 * survive a JavaScript number.
 */
export function federatedBody(message: OutboundMessage): Buffer {
  const eventType = eventTypeOf(message);
  return Buffer.from(
    `{"recordedTime":${recordedTimeOf(message)}` +
      `,"messageId":${JSON.stringify(messageIdOf(message))}` +
      `,"messageType":${JSON.stringify(messageTypeOf(message))}` +
      `,"message":"${message.payload.toString('base64')}"` +
      `,"origin":${JSON.stringify(message.source)}` +
      `${eventType === null ? '' : `,"eventType":${JSON.stringify(eventType)}`}}`,
  );
}

/** A FEDeRATED sender's number as it wrote it, else the moment of acceptance in epoch seconds. */
function recordedTimeOf(message: OutboundMessage): string {
  return message.recordedTime ?? String(Math.floor(message.createdAt.getTime() / 1000));
}

/** What the sender called it, where that is a FEDeRATED id or at least looks like one; else our id. */
function messageIdOf(message: OutboundMessage): string {
  const { senderId } = message;
  if (senderId === null) return message.id;
  return isFederated(message) || UUID.test(senderId) ? senderId : message.id;
}

/** Its own, or for a message from elsewhere its type, which `messageType` has no place for. */
function eventTypeOf(message: OutboundMessage): string | null {
  return message.eventType ?? (isFederated(message) ? null : message.type);
}
