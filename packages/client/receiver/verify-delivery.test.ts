import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { verifyDelivery } from './verify-delivery.ts';

const secretOf = (bytes: Uint8Array) => `whsec_${Buffer.from(bytes).toString('base64')}`;
const secret = secretOf(Buffer.alloc(32, 7));
const now = new Date('2026-03-02T12:00:00Z');

/** Signed by the npm package, which no one here wrote. */
function sign(body: string, { id = 'msg_1', at = now, by = secret } = {}) {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(by).sign(id, at, body),
  };
}

test('what the npm package signs is accepted, whatever the body, the id and the secret', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'binary' }),
      fc.stringMatching(/^[\x21-\x7e]{1,50}$/),
      fc.uint8Array({ minLength: 24, maxLength: 64 }),
      async (body, id, bytes) => {
        const secrets = [secretOf(bytes)];
        const headers = sign(body, { id, by: secretOf(bytes) });
        const expected = { ok: true, id, timestamp: now };
        expect(await verifyDelivery({ headers, body, secrets, now })).toEqual(expected);
        expect(await verifyDelivery({ headers, body: Buffer.from(body), secrets, now })).toEqual(expected);
      },
    ),
  );
});

test('bytes that are not UTF-8 are verified as they are', async () => {
  const body = Buffer.from([0, 255, 254, 10, 128]);
  const signed = createHmac('sha256', Buffer.alloc(32, 7)).update('a.1772452800.').update(body).digest('base64');
  const headers = { 'webhook-id': 'a', 'webhook-timestamp': '1772452800', 'webhook-signature': `v1,${signed}` };
  expect(await verifyDelivery({ headers, body, secrets: [secret], now })).toMatchObject({ ok: true });
});

test('one changed byte of the body, the id, the timestamp or the signature is refused', async () => {
  const body = '{"a":1}';
  const headers = sign(body);
  const change = (text: string, at: number) =>
    text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('body', 'webhook-id', 'webhook-timestamp', 'webhook-signature'),
      fc.nat(),
      async (part, place) => {
        const parts: Record<string, string> = { ...headers, body };
        // The last digit of the timestamp, so that it stays within the tolerance; of base64, what is not padding.
        const text = parts[part] ?? '';
        const at = part === 'webhook-timestamp' ? text.length - 1 : place % (text.length - 2);
        const { body: changed, ...rest } = { ...parts, [part]: change(text, at) };
        const result = await verifyDelivery({ headers: rest, body: changed ?? '', secrets: [secret], now });
        expect(result).toMatchObject({ ok: false });
      },
    ),
  );
});

test('while two secrets overlap either of them will do, on either side', async () => {
  const old = secretOf(Buffer.alloc(24, 1));
  const both = sign('x');
  both['webhook-signature'] += ` ${sign('x', { by: old })['webhook-signature']}`;
  const verify = (headers: Record<string, string>, ...secrets: string[]) =>
    verifyDelivery({ headers, body: 'x', secrets, now });
  expect(await verify(both, secret)).toMatchObject({ ok: true });
  expect(await verify(both, old)).toMatchObject({ ok: true });
  expect(await verify(sign('x', { by: old }), secret, old)).toMatchObject({ ok: true });
  expect(await verify(sign('x', { by: old }), secret)).toMatchObject({ ok: false, reason: 'no-match' });
});

test('signatures of other versions are passed over', async () => {
  const headers = sign('x');
  const mine = headers['webhook-signature'];
  const verify = (signature: string) =>
    verifyDelivery({ headers: { ...headers, 'webhook-signature': signature }, body: 'x', secrets: [secret], now });
  expect(await verify(`v1a,AAAA v2,${mine.slice(3)} ${mine}`)).toMatchObject({ ok: true });
  expect(await verify(mine.replace('v1,', 'v2,'))).toMatchObject({ ok: false, reason: 'no-match' });
  expect(await verify('v1, v1,!!! v1,A')).toMatchObject({ ok: false, reason: 'no-match' });
});

describe('the moment of the attempt', () => {
  const after = (seconds: number) => new Date(now.getTime() + seconds * 1_000);
  const verify = (moment: Date, tolerance?: number) =>
    verifyDelivery({
      headers: sign('x'),
      body: 'x',
      secrets: [secret],
      now: moment,
      ...(tolerance !== undefined && { tolerance }),
    });

  test('may lie five minutes before or after the present', async () => {
    expect(await verify(after(300))).toMatchObject({ ok: true });
    expect(await verify(after(-300))).toMatchObject({ ok: true });
    expect(await verify(after(301))).toMatchObject({ ok: false, reason: 'too-old' });
    expect(await verify(after(-301))).toMatchObject({ ok: false, reason: 'too-new' });
  });

  test('may lie as far away as is tolerated', async () => {
    expect(await verify(after(10), 10)).toMatchObject({ ok: true });
    expect(await verify(after(11), 10)).toMatchObject({ ok: false, reason: 'too-old' });
  });

  test.each(['', '1.5', '-1', '1e9', '0x10', 'NaN', '9999999999999'])('is refused as %j', async (sent) => {
    const headers = { ...sign('x'), 'webhook-timestamp': sent };
    expect(await verifyDelivery({ headers, body: 'x', secrets: [secret], now })).toMatchObject({ ok: false });
  });
});

describe('headers', () => {
  const verify = (headers: Parameters<typeof verifyDelivery>[0]['headers']) =>
    verifyDelivery({ headers, body: 'x', secrets: [secret], now });

  test('are taken as fetch and as Node.js have them, in any case', async () => {
    const headers = sign('x');
    expect(await verify(new Headers(headers))).toMatchObject({ ok: true });
    expect(await verify({ ...headers, 'webhook-signature': [headers['webhook-signature']] })).toMatchObject({
      ok: true,
    });
    const upper = Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value] as const);
    expect(await verify(Object.fromEntries(upper))).toMatchObject({ ok: true });
  });

  test.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])('without %s are refused', async (name) => {
    expect(await verify({ ...sign('x'), [name]: undefined })).toMatchObject({ ok: false, reason: 'header-missing' });
  });
});

test.each([
  'whsec_',
  'whsec_short',
  `whsec_${'!'.repeat(40)}`,
  secret.slice('whsec_'.length),
  secretOf(Buffer.alloc(65)),
  '',
])('the secret %j is none: whoever configured it is told, without it', async (wrong) => {
  const verified = verifyDelivery({ headers: sign('x'), body: 'x', secrets: [secret, wrong], now });
  await expect(verified).rejects.toThrow('secrets[1]: expected whsec_');
  await expect(verified).rejects.toThrow(TypeError);
});

test('without a secret nothing is verified', async () => {
  await expect(verifyDelivery({ headers: sign('x'), body: 'x', secrets: [] })).rejects.toThrow(TypeError);
});

test('the present is the default', async () => {
  const headers = sign('x', { at: new Date() });
  expect(await verifyDelivery({ headers, body: 'x', secrets: [secretOf(randomBytes(32)), secret] })).toMatchObject({
    ok: true,
  });
});
