import { arrivalDocument, showArrival } from './show-arrival.ts';

const at = new Date('2026-03-02T12:00:01.5Z');

function arrived(payload: string | Buffer, more: object = {}) {
  const arrival = {
    id: 'm1',
    senderId: 's1',
    type: 'container.gate-in',
    origin: 'did:web:carrier.example',
    contentType: 'application/json',
    payload: Buffer.from(payload),
    ...more,
  };
  return { at, status: 200, isRepeat: false, judgement: { ok: true, arrival } } as const;
}

const payloadLines = (text: string) => text.split('\n').slice(3, -1);

test('what arrived is told in three lines, and its payload below', () => {
  expect(showArrival(arrived('{"a":1.50}'))).toBe(
    [
      '12:00:01  container.gate-in from did:web:carrier.example',
      '          message m1, to its sender s1',
      '          10 bytes of application/json, signature ok, answered 200',
      '{',
      '  "a": 1.50',
      '}',
      '',
    ].join('\n'),
  );
});

test('a repeat is told as one', () => {
  expect(showArrival({ ...arrived(''), isRepeat: true })).toContain('carrier.example, which has been here before\n');
});

test('JSON that has a layout keeps it', () => {
  expect(payloadLines(showArrival(arrived('{\n    "a":    1\n}')))).toEqual(['{', '    "a":    1', '}']);
});

test('long payloads are bounded in lines and in width', () => {
  const many = payloadLines(showArrival(arrived(JSON.stringify(Array.from({ length: 100 }, () => 1)))));
  expect(many).toHaveLength(41);
  expect(many.at(-1)).toBe('… (62 more lines)');
  const wide = payloadLines(showArrival(arrived('x'.repeat(1_000_000))));
  expect(wide.map((line) => line.length)).toEqual([160]);
});

test('bytes that are no text are not printed', () => {
  const digest = 'b3d510ef04275ca8e698e5b3cbb0ece3949ef9252f0cdc839e9ee347409a2209';
  expect(payloadLines(showArrival(arrived(Buffer.from([0xff, 0xfe]))))).toEqual([`(not text; SHA-256 ${digest})`]);
});

test('nothing in a payload, a type or an origin reaches the terminal as a command', () => {
  const shown = showArrival(arrived('\u001b]0;title\u0007', { type: '\u001b[1mbold', origin: 'a\nb' }));
  for (const character of ['\u001b', '\u0007']) expect(shown).not.toContain(character);
  expect(shown).toContain('from a\\u{a}b');
});

test('what was refused is told with its reason', () => {
  const judgement = { ok: false, status: 401, reason: 'signature wrong: no-match' } as const;
  expect(showArrival({ at, judgement, status: 401, isRepeat: false })).toBe(
    '12:00:01  signature wrong: no-match, answered 401\n',
  );
});

test('a script gets the whole payload', () => {
  const text = '{"a":"é"}'.repeat(10_000);
  expect(arrivalDocument(arrived(text))).toMatchObject({
    event: 'arrived',
    ok: true,
    status: 200,
    id: 'm1',
    payload: text,
  });
  const bytes = arrivalDocument(arrived(Buffer.from([0xff])));
  expect(bytes).toMatchObject({ payloadBase64: '/w==', size: 1 });
  expect(bytes).not.toHaveProperty('payload');
});
