import type { OutboundMessage } from '#core';

/** Said by us, by the content type, or meant only for us. */
const NOT_PASSED_ON = new Set(['id', 'source', 'type', 'specversion', 'time', 'datacontenttype', 'destinations']);
/** Names of attributes (CloudEvents 1.0, 3.1); any other could not be written as a header. */
const ATTRIBUTE_NAME = /^[a-z0-9]+$/;
const PLAIN_VALUE = /^[\x21\x23\x24\x26-\x7e]*$/;

/** Metadata of a message as CloudEvents 1.0 binary-mode headers, `name, value, name, value, ...`. */
export function cloudEventHeaders(message: OutboundMessage): string[] {
  const headers = [
    'ce-specversion',
    '1.0',
    'ce-id',
    encodeAttribute(message.senderId ?? message.id),
    'ce-source',
    encodeAttribute(message.source),
    'ce-type',
    encodeAttribute(message.type),
    'ce-time',
    encodeAttribute(message.attributes?.['time'] ?? message.createdAt.toISOString()),
  ];
  if (message.attributes === null) return headers;
  for (const [name, value] of Object.entries(message.attributes)) {
    if (ATTRIBUTE_NAME.test(name) && !NOT_PASSED_ON.has(name)) headers.push(`ce-${name}`, encodeAttribute(value));
  }
  return headers;
}

/**
 * Percent-encodes what the CloudEvents HTTP binding (1.0.2, 3.1.3.2) asks for: space, double quote, percent, and everything outside
 * printable ASCII, as UTF-8.
 */
export function encodeAttribute(value: string): string {
  if (PLAIN_VALUE.test(value)) return value;
  let encoded = '';
  for (const byte of Buffer.from(value)) {
    const character = String.fromCharCode(byte);
    encoded += PLAIN_VALUE.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}
