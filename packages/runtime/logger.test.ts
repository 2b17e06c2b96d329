import { Writable } from 'node:stream';
import { createLogger, type LoggerOptions } from './logger.ts';

class Lines extends Writable {
  text = '';
  override _write(chunk: Buffer, _: string, done: () => void) {
    this.text += chunk.toString();
    done();
  }
}

async function tellAll(
  options: Partial<LoggerOptions>,
  tell: (log: ReturnType<typeof createLogger>) => void,
): Promise<string> {
  const stream = Object.assign(new Lines(), options.stream);
  const log = createLogger({ level: 'info', now: () => new Date(0), ...options, stream });
  tell(log);
  await log.close();
  return stream.text;
}

test('an event is one JSON object on one line, ids and facts as given', async () => {
  const text = await tellAll({ facts: { process: 'worker' } }, (log) =>
    log.info('attempt.finished', { delivery: '1', status: 200 }),
  );
  expect(text).toBe(
    '{"at":"1970-01-01T00:00:00.000Z","level":"info","event":"attempt.finished","process":"worker","delivery":"1","status":200}\n',
  );
});

test('events below the level are not told', async () => {
  const text = await tellAll({ level: 'warn' }, (log) => {
    log.debug('a');
    log.info('b');
    log.warn('c');
    log.error('d');
  });
  expect(
    text
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { event: string }).event),
  ).toEqual(['c', 'd']);
});

test.each(['json', 'pretty'] as const)('in %s an event stays on its line whatever is in its facts', async (format) => {
  const evil = 'a\nb\r\u0085\u2028\u2029\u001b[2J\u009b2J\u007f\0"\\';
  const text = await tellAll({ format }, (log) => log.info('e', { evil, [evil]: 1, error: new Error(evil) }));
  expect(text.endsWith('\n')).toBe(true);
  expect(text.slice(0, -1).replace('\u001b[32m', '').replace('\u001b[0m', '')).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
});

test('a fact named like a part of the line does not replace it', async () => {
  const text = await tellAll({}, (log) => log.info('e', { event: 'x', level: 'y', at: 'z', message: 'm' }));
  expect(JSON.parse(text)).toEqual({
    at: expect.stringContaining('1970'),
    level: 'info',
    event: 'e',
    event_: 'x',
    level_: 'y',
    at_: 'z',
    message: 'm',
  });
});

test('on a terminal it is pretty unless configured otherwise', async () => {
  const stream = Object.assign(new Lines(), { isTTY: true });
  const log = createLogger({ level: 'info', stream, now: () => new Date(0) });
  log.warn('purge.finished', { delivered: 3, error: Object.assign(new Error('no'), { code: 'E' }) });
  await log.close();
  expect(stream.text).toBe(
    '00:00:00.000 \u001b[33mwarn \u001b[0m purge.finished delivered=3 error={"name":"Error","message":"no","code":"E"}\n',
  );
});

test('a stream that fails costs lines, not the process', async () => {
  const failing = new Writable({
    write: (_chunk, _encoding, done) => done(Object.assign(new Error('full'), { code: 'ENOSPC' })),
  });
  const log = createLogger({ level: 'info', stream: failing });
  log.info('a');
  log.info('b');
  await log.close();
  expect(failing.errored).toMatchObject({ code: 'ENOSPC' });
});

test('when the reader stalls, lines are dropped and counted rather than piled up', async () => {
  const written: string[] = [];
  const stalled: (() => void)[] = [];
  const stream = new Writable({
    decodeStrings: false,
    write: (chunk: string, _encoding, done) => {
      written.push(chunk);
      stalled.push(done);
    },
  });
  const log = createLogger({ level: 'info', stream });
  for (let i = 0; i < 10_000; i += 1) log.info('e', { filler: 'x'.repeat(5_000) });
  expect(stream.writableLength).toBeLessThan(20_000_000);
  while (stalled.length > 0) {
    stalled.shift()?.();
    await new Promise(setImmediate);
  }
  log.info('last');
  const closed = log.close();
  while (stream.writableLength > 0 || written.at(-1) !== '') {
    stalled.shift()?.();
    await new Promise(setImmediate);
  }
  stalled.shift()?.();
  await closed;
  const events = written.filter((line) => !line.includes('filler'));
  expect(events).toEqual([
    expect.stringMatching(/"event":"log.dropped","lines":\d{4}/),
    expect.stringContaining('"last"'),
    '',
  ]);
});

test('closing twice is safe, and what is told afterwards is lost', async () => {
  const stream = new Lines();
  const log = createLogger({ level: 'info', stream });
  log.info('a');
  await Promise.all([log.close(), log.close()]);
  log.info('b');
  await log.close();
  expect(stream.text.match(/"event"/g)).toHaveLength(1);
});
