import { readAuth, readMoment, readSeconds, readWhole } from './read-options.ts';

const now = new Date('2026-03-02T12:00:00Z');

test.each([
  ['2026-03-02', '2026-03-02T00:00:00.000Z'],
  ['2026-03-02T10:00:00Z', '2026-03-02T10:00:00.000Z'],
  ['2026-03-02T10:00:00+02:00', '2026-03-02T08:00:00.000Z'],
  ['90s', '2026-03-02T11:58:30.000Z'],
  ['15m', '2026-03-02T11:45:00.000Z'],
  ['15min', '2026-03-02T11:45:00.000Z'],
  ['2h', '2026-03-02T10:00:00.000Z'],
  ['7d', '2026-02-23T12:00:00.000Z'],
])('the moment %s is %s', (text, moment) => {
  expect(readMoment(() => now)(text).toISOString()).toBe(moment);
});

test.each(['', 'now', '-2h', '2 h', '2026', '2026-13-01', '12:00'])('%j is no moment', (text) => {
  expect(() => readMoment(() => now)(text)).toThrow('expected a moment');
});

test.each([
  ['none', { type: 'none' }],
  ['api-key:X-Key:a:b', { type: 'api-key', header: 'X-Key', value: 'a:b' }],
  ['basic:me:pass:word', { type: 'basic', username: 'me', password: 'pass:word' }],
  ['bearer:a:b', { type: 'bearer', token: 'a:b' }],
])('%s is read as credentials', (text, auth) => {
  expect(readAuth(text)).toEqual(auth);
});

test.each(['', 'none:x', 'api-key:X', 'api-key::v', 'basic:me', 'bearer', 'bearer:', 'oauth2:x'])(
  '%j is no credentials',
  (text) => {
    expect(() => readAuth(text)).toThrow('expected none, api-key:HEADER:VALUE');
  },
);

test.each(['', '-1', '1.5', '1e3', '0x1', '11'])('%j is no whole number up to ten', (text) => {
  expect(() => readWhole(0, 10)(text)).toThrow('from 0 to 10');
});

test.each(['', '-1', 'x', '1.', '61'])('%j is no number of seconds up to sixty', (text) => {
  expect(() => readSeconds(60)(text)).toThrow('from 0 to 60');
});

test('seconds may be fractions', () => {
  expect(readSeconds(60)('0.25')).toBe(0.25);
});
