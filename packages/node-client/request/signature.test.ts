import * as fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { signatureOf, signingKey } from './signature.ts';

const secret = fc
  .uint8Array({ minLength: 24, maxLength: 64 })
  .map((bytes) => `whsec_${Buffer.from(bytes).toString('base64')}`);
const epochSeconds = () => Math.floor(Date.now() / 1000);

function verify(by: string, body: Buffer, signature: string, timestamp: number): void {
  const headers = { 'webhook-id': 'msg_1', 'webhook-timestamp': String(timestamp), 'webhook-signature': signature };
  new Webhook(by).verify(body.toString(), headers);
}

test('what we sign the standardwebhooks package accepts, whatever secret and body', () => {
  fc.assert(
    fc.property(secret, fc.json(), (own, text) => {
      const timestamp = epochSeconds();
      const body = Buffer.from(text);
      const signature = signatureOf([signingKey(own)], 'msg_1', timestamp, body);
      expect(signature).toMatch(/^v1,[A-Za-z0-9+/]{43}=$/);
      expect(() => verify(own, body, signature, timestamp)).not.toThrow();
    }),
  );
});

test('while a rotation overlaps, a receiver with either secret accepts and one with neither does not', () => {
  fc.assert(
    fc.property(fc.uniqueArray(secret, { minLength: 3, maxLength: 3 }), ([newer = '', older = '', foreign = '']) => {
      const timestamp = epochSeconds();
      const body = Buffer.from('{"a":1}');
      const signature = signatureOf([newer, older].map(signingKey), 'msg_1', timestamp, body);
      expect(signature.split(' ')).toHaveLength(2);
      expect(() => verify(newer, body, signature, timestamp)).not.toThrow();
      expect(() => verify(older, body, signature, timestamp)).not.toThrow();
      expect(() => verify(foreign, body, signature, timestamp)).toThrow();
    }),
  );
});

test('a changed body, id or time is not accepted', () => {
  const own = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
  const timestamp = epochSeconds();
  const signature = signatureOf([signingKey(own)], 'msg_1', timestamp, Buffer.from('{"a":1}'));
  expect(() => verify(own, Buffer.from('{"a":2}'), signature, timestamp)).toThrow();
  expect(() => verify(own, Buffer.from('{"a":1}'), signature, timestamp + 1)).toThrow();
  expect(signatureOf([signingKey(own)], 'msg_2', timestamp, Buffer.from('{"a":1}'))).not.toBe(signature);
});
