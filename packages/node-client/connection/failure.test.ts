import * as fc from 'fast-check';
import { connectionFailure, exchangeFailure, lookUpFailure, tlsFailure } from './failure.ts';

const withCode = (code: string, message = 'a message') => Object.assign(new Error(message), { code });

test.each([
  ['ECONNREFUSED', 'connection refused by node:80'],
  ['ECONNRESET', 'connection reset by node:80'],
  ['EHOSTUNREACH', 'no route to node:80'],
  ['ESOMETHING', 'connection to node:80 failed: a message'],
])('%s is a connection-error: %s', (code, error) => {
  expect(connectionFailure('node:80', withCode(code))).toEqual({ outcome: 'connection-error', error });
});

test('a connection that the network gave up on is a time-out like any other', () => {
  expect(connectionFailure('node:80', withCode('ETIMEDOUT'))).toEqual({
    outcome: 'timeout',
    error: 'no connection to node:80: the network gave up',
  });
});

test("OpenSSL's reason is preferred to its message", () => {
  const error = Object.assign(withCode('ERR_SSL_X', 'C0:error:0A:SSL routines:f:../deps/a.c:350:'), {
    reason: 'bad luck',
  });
  expect(tlsFailure('node:443', error)).toEqual({ outcome: 'tls-error', error: 'TLS with node:443: bad luck' });
});

test('whatever a peer has a hand in, the words are one bounded line without control characters', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 2_000 }), (text) => {
      const failures = [
        lookUpFailure(text, withCode('EX', text)),
        tlsFailure('node:443', withCode('ERR_TLS_CERT_ALTNAME_INVALID', text)),
        connectionFailure('node:80', text),
        exchangeFailure('node:80', Object.assign(new Error(text), { name: 'HTTPParserError' })),
      ];
      for (const { error } of failures) {
        expect(error.length).toBeLessThanOrEqual(300);
        expect(error).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      }
    }),
  );
});
