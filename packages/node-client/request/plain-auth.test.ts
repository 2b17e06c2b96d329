import { authHeader, checkAuthHeader, checkPlainAuth } from './plain-auth.ts';

test.each(['x-api-key', 'X-Api-Key', 'authorization', 'apikey', 'cookie', 'x_key!'])('%s can carry a key', (name) => {
  expect(checkAuthHeader(name, 'secret')).toBeNull();
});

test.each(
  (
    'host Host content-length content-type Content-Encoding transfer-encoding connection keep-alive te trailer upgrade ' +
    'proxy-authorization proxy-connection expect webhook-id Webhook-Signature webhook-anything ce-id CE-Custom'
  ).split(' '),
)('%s can not', (name) => {
  expect(checkAuthHeader(name, 'secret')).toBe(
    `the header ${name.toLowerCase()} can't be set: it is ours or HTTP's own`,
  );
});

test.each(['', ' ', 'a b', 'a:b', 'a\r\nb', 'schlüssel', 'a\u0000', '(a)'])('%j is no header name', (name) => {
  expect(checkAuthHeader(name, 'secret')).toBe(`expected a header name, got ${JSON.stringify(name)}`);
});

test.each(['', ' a', 'a ', 'a\nb', 'a\r\nx-evil: 1', 'a\u0000b', 'a\u007f', 'schlüssel\u0100'])(
  '%j is no value',
  (value) => {
    expect(checkAuthHeader('x-api-key', value)).toMatch(/^expected a header value/);
    expect(checkPlainAuth({ type: 'bearer', token: value })).toMatch(/^expected a header value/);
  },
);

test('a user name with a colon could not be told from its password', () => {
  expect(checkPlainAuth({ type: 'basic', username: 'a:b', password: 'c' })).toBe(
    'expected a user name without a colon',
  );
  expect(checkPlainAuth({ type: 'basic', username: 'a', password: 'b:c' })).toBeNull();
  expect(checkPlainAuth({ type: 'none' })).toBeNull();
});

test('basic credentials are sent as UTF-8 (RFC 7617)', () => {
  expect(authHeader({ type: 'basic', username: 'test', password: '123£' })).toEqual([
    'authorization',
    'Basic dGVzdDoxMjPCow==',
  ]);
});
