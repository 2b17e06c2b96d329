import { randomUUID } from 'node:crypto';
import { describeBackEnds } from '#testkit';
import { noteFinding, printFindings } from './findings.ts';
import { openScene, type Scene } from './scene.ts';

const LARGEST_BODY = 65_536;

/** What is accepted, whatever it holds: bytes are never looked into. */
const BYTES: Record<string, Buffer> = {
  empty: Buffer.alloc(0),
  NUL: Buffer.from([0]),
  'every byte': Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
  'a lone surrogate, encoded': Buffer.from([0xed, 0xa0, 0x80]),
  'a byte order mark': Buffer.from('\uFEFF{}'),
  'JSON, deep': Buffer.from('['.repeat(20_000)),
  'a key twice': Buffer.from('{"a":1,"a":2}'),
};

/** JSON texts, and the bytes that must arrive: the same without the spaces between tokens. */
const TEXTS: Record<string, readonly [text: string, arrives?: string]> = {
  NUL: [String.raw`{"a":"\u0000"}`],
  'a lone surrogate, escaped': [String.raw`"\ud800"`],
  '1e400': ['[1e400, -1e400]', '[1e400,-1e400]'],
  'an integer of 20 digits': ['12345678901234567890'],
  'a fraction as written': ['[1.0, 1.10, -0, 1E+2]', '[1.0,1.10,-0,1E+2]'],
  'a key twice': ['{"a": 1, "a": 2}', '{"a":1,"a":2}'],
  __proto__: ['{"__proto__": {"polluted": true}, "constructor": 1}', '{"__proto__":{"polluted":true},"constructor":1}'],
  'an escape as written': [String.raw`{"a\/b": "\u00e9 é"}`, String.raw`{"a\/b":"\u00e9 é"}`],
  'spaces in a string': ['"  a  b  "'],
  deep: [`${'['.repeat(20_000)}${']'.repeat(20_000)}`],
  null: ['null'],
  'an empty text': ['""'],
};

/** Whole bodies that are no call: a clean refusal. */
const BROKEN: Record<string, string | Buffer> = {
  nothing: '',
  'a NUL': '\0',
  'a byte order mark before it': '\uFEFF{"type": "t", "payload": 1}',
  'bytes that are not UTF-8': Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
  'a lone surrogate for a type': String.raw`{"type": "\ud800", "payload": 1, "messageId": "\ud800", "messageType": "event"}`,
  'a NUL in an id': String.raw`{"type": "t", "id": "\u0000", "payload": 1, "messageId": "\u0000"}`,
  __proto__: '{"__proto__": {"type": "t"}, "payload": 1}',
  'the beginning of something deep': '['.repeat(30_000),
  'something deep in a field': `{"type": ${'['.repeat(20_000)}${']'.repeat(20_000)}, "payload": 1}`,
  'a number where a text belongs': '{"type": 1e400, "payload": 1, "messageId": 12345678901234567890}',
  'half a call': '{"type": "t", "payload": ',
};

printFindings();

describeBackEnds('row 44: payloads', (backEnd) => {
  let scene: Scene;
  beforeAll(async () => {
    scene = await openScene(backEnd, { server: { body: LARGEST_BODY } });
    await scene.startWorker();
    await scene.register(['bytes']);
    await scene.register(['federated'], { protocol: 'federated' });
  });
  afterAll(() => scene.close());

  const NODES = ['bytes', 'federated'];

  test.each(Object.entries(BYTES))('%s as bytes arrives byte for byte, by both calls', async (_, bytes) => {
    const { sender } = scene;
    expect(await sender.offer('/api/v1/messages', nativeBytes(bytes), bytes, NODES)).toBe(202);
    expect(await sender.offer('/api/message', federated(bytes), bytes, NODES)).toBe(202);
  });

  test.each(Object.entries(TEXTS))('%s as JSON arrives as it was written', async (_, [text, arrives = text]) => {
    const body = native(`"payload": ${text}`);
    expect(await scene.sender.offer('/api/v1/messages', body, Buffer.from(arrives), NODES)).toBe(202);
  });

  test('a body of exactly the limit is taken, and one byte more is refused', async () => {
    const { sender } = scene;
    for (const [path, call] of [
      ['/api/v1/messages', (text: string) => native(`"payload": "${text}"`)],
      ['/api/message', (text: string) => federated(Buffer.from(text))],
    ] as const) {
      const room = LARGEST_BODY - call('').length;
      const text = 'x'.repeat(path === '/api/message' ? Math.floor(room / 4) * 3 : room);
      const payload = Buffer.from(path === '/api/message' ? text : `"${text}"`);
      const exact = call(text).padEnd(LARGEST_BODY);
      expect(exact).toHaveLength(LARGEST_BODY);
      expect(await sender.offer(path, exact, payload, NODES)).toBe(202);
      expect(await sender.offer(path, `${exact} `, payload, NODES)).toBe(413);
    }
  });

  test.each(Object.entries(BROKEN))('%s for a body is refused cleanly, by both calls', async (_, body) => {
    for (const path of ['/api/v1/messages', '/api/message']) {
      expect(await scene.sender.offer(path, body, Buffer.alloc(0), [])).toBe(400);
    }
  });

  test('400,000 levels are refused by their size or taken as they are, and never fail the server', async () => {
    const big = await openScene(backEnd, { server: { body: 8 * 1_048_576 } });
    try {
      const deep = `${'['.repeat(400_000)}${']'.repeat(400_000)}`;
      await big.startWorker();
      expect(await scene.sender.offer('/api/v1/messages', native(`"payload": ${deep}`), Buffer.from(deep), NODES)).toBe(
        413,
      );
      await big.register(['deep']);
      const body = native(`"payload": ${deep}`, ['deep']);
      const status = await big.sender.offer('/api/v1/messages', body, Buffer.from(deep), ['deep']);
      expect([202, 400]).toContain(status);
      await big.drained();
      expect(await big.judge(['deep'])).toEqual({ violations: [], lost: 0, duplicates: 0 });
    } finally {
      await big.close();
    }
  });

  test('nothing of it was lost, altered or sent twice', async () => {
    await scene.drained();
    const verdict = await scene.judge(NODES);
    expect(verdict).toEqual({ violations: [], lost: 0, duplicates: 0 });
    const statuses = [...scene.sender.statuses.keys()].filter((status) => status === 'none' || status >= 500);
    expect(statuses).toEqual([]);
    noteFinding({ row: '44', backEnd: backEnd.name, verdict, recovery: null });
  });
});

/** Our own call, with a payload given as it is to be written. */
function native(payload: string, nodes = ['bytes', 'federated']): string {
  return `{"id": "${randomUUID()}", "type": "test.extreme", "destinations": ${JSON.stringify(nodes)}, ${payload}}`;
}

function nativeBytes(bytes: Buffer): string {
  return native(`"payloadBase64": "${bytes.toString('base64')}"`);
}

function federated(bytes: Buffer): string {
  return JSON.stringify({
    recordedTime: 1_735_689_600,
    distributionRule: 'static',
    destinations: ['bytes', 'federated'],
    messageId: randomUUID(),
    messageType: 'event',
    message: bytes.toString('base64'),
  });
}
