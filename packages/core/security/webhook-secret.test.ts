import * as fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { generateWebhookSecret, parseWebhookSecret } from './webhook-secret.ts';

const keys = (constraints: { minLength: number; maxLength: number }) =>
  fc.uint8Array(constraints).map((bytes) => Buffer.from(bytes));

test('a secret with 24 to 64 bytes is read to exactly these bytes, padded or not', () => {
  fc.assert(
    fc.property(keys({ minLength: 24, maxLength: 64 }), (key) => {
      const secret = `whsec_${key.toString('base64')}`;
      expect(parseWebhookSecret(secret)).toEqual(key);
      expect(parseWebhookSecret(secret.replace(/=+$/, ''))).toEqual(key);
    }),
  );
});

test.each([
  ['too short', `whsec_${Buffer.alloc(23).toString('base64')}`],
  ['too long', `whsec_${Buffer.alloc(65).toString('base64')}`],
  ['no prefix', Buffer.alloc(32).toString('base64')],
  ['another prefix', `whpk_${Buffer.alloc(32).toString('base64')}`],
  ['not base64', `whsec_${'!'.repeat(44)}`],
  ['base64 with a space', `whsec_${Buffer.alloc(32).toString('base64').replace('A', ' A')}`],
  ['base64url', `whsec_${Buffer.alloc(33, 0xff).toString('base64url')}`],
  ['nothing', ''],
])('a secret that is %s is none', (_what, secret) => {
  expect(parseWebhookSecret(secret)).toBeNull();
});

test('a generated secret carries 32 bytes, never the same, and serves the reference implementation', () => {
  const secret = generateWebhookSecret();
  expect(parseWebhookSecret(secret)).toHaveLength(32);
  expect(generateWebhookSecret()).not.toBe(secret);
  const at = new Date(1_735_689_600_000);
  expect(new Webhook(secret).sign('id', at, 'body')).toMatch(/^v1,/);
});
