import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { parseBinaryCloudEvent } from './cloud-event-headers.ts';
import { parseCloudEvent, parseCloudEventBatch } from './cloud-event-json.ts';
import { parseFederatedCall } from './federated-call.ts';
import { parseNativeBatch, parseNativeCall } from './native-call.ts';

const readers = [
  parseFederatedCall,
  parseNativeCall,
  parseNativeBatch,
  parseCloudEvent,
  parseCloudEventBatch,
  (body: Buffer) => parseBinaryCloudEvent([['ce-id', body.toString('latin1')]], body.toString('latin1'), body),
];

const native = '{"id":"1","type":"t","destinations":["a"],"payload":{"a":[1,"\\u00e9",{}]}}';
const bodies = [
  readFileSync('samples/federated-event.json'),
  readFileSync('samples/cloudevent-gate-in.json'),
  Buffer.from(native),
  Buffer.from(`{"messages":[${native},${native}]}`),
];

test('reading ends with a call or with problems, whatever the bytes', () => {
  const damaged = fc
    .tuple(fc.constantFrom(...bodies), fc.nat(), fc.uint8Array({ maxLength: 4 }), fc.nat(3))
    .map(([body, at, bytes, dropped]) => {
      const position = at % body.length;
      return Buffer.concat([body.subarray(0, position), bytes, body.subarray(position + dropped)]);
    });
  const anything = fc.oneof(damaged, fc.json().map(Buffer.from), fc.uint8Array().map(Buffer.from));
  fc.assert(
    fc.property(anything, (body) => {
      for (const read of readers) {
        const result = read(body);
        expect(result.ok || result.problems.length > 0).toBe(true);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('every JSON value is a payload, and means the same afterwards', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 1, 4), (payload, indent) => {
      const call = parseNativeCall(Buffer.from(JSON.stringify({ type: 't', payload }, null, indent)));
      expect(call.ok && call.value.payload.toString()).toBe(JSON.stringify(payload));
      const event = { specversion: '1.0', id: '1', source: 's', type: 't', data: payload };
      const batch = parseCloudEventBatch(Buffer.from(JSON.stringify([event, event], null, indent)));
      expect(batch.ok && batch.value.map(({ payload: data }) => data.toString())).toEqual([
        JSON.stringify(payload),
        JSON.stringify(payload),
      ]);
    }),
  );
});

test('an attribute comes out of its header as it was before it was encoded', () => {
  const attributes = [
    ['specversion', '1.0'],
    ['id', '1'],
    ['source', 's'],
    ['type', 't'],
  ] as const;
  const value = fc.string({ unit: 'grapheme', maxLength: 50 }).filter((text) => !/[\p{Cc}\p{Cs}]/u.test(text));
  fc.assert(
    fc.property(value, (extra) => {
      const headers = [...attributes, ['extra', encodeURIComponent(extra)] as const].map(
        ([name, text]) => [`CE-${name}`, text] as const,
      );
      const call = parseBinaryCloudEvent(headers, undefined, Buffer.alloc(0));
      expect(call.ok && call.value.attributes).toEqual({ eventsource: 's', extra });
    }),
  );
});

test('at most a hundred problems are told', () => {
  const messages = Array.from({ length: 1_000 }, () => ({ type: 7 }));
  const result = parseNativeBatch(Buffer.from(JSON.stringify({ messages })));
  expect(result.ok ? 0 : result.problems.length).toBe(100);
});
