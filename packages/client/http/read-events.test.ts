import { readEvents, type ServerEvent } from './read-events.ts';

/** Feeds a text in pieces of so many bytes. */
async function* inPieces(text: string, size: number) {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

async function eventsOf(text: string, size = 1_000): Promise<readonly ServerEvent[]> {
  const events: ServerEvent[] = [];
  for await (const event of readEvents(inPieces(text, size))) events.push(event);
  return events;
}

const STREAM =
  'retry: 3000\n\n: still here\n\nevent: changed\ndata: {"a":"é"}\n\ndata: one\ndata:two\r\n\r\nevent: cut\ndata: off';

test.each([1, 2, 7, 1_000])('events are the same however they are cut (%i bytes)', async (size) => {
  expect(await eventsOf(STREAM, size)).toEqual([
    { name: 'changed', data: '{"a":"é"}' },
    { name: 'message', data: 'one\ntwo' },
  ]);
});

test('what is no event is passed over', async () => {
  expect(await eventsOf('event: empty\n\n\n\n: words\n\nid: 3\n\n')).toEqual([]);
});
