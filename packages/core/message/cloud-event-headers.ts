import { readAttributes, toCall } from './cloud-event.ts';
import type { Call } from './call.ts';
import { parsed, refused, type Parsed, type ParseProblem } from './parsed.ts';

/** Header names and values as they came, names in any case. */
export type Headers = readonly (readonly [name: string, value: string])[];

/**
 * Parses an event in binary mode: metadata in `ce-*` headers, the body as it is, its type in `contentType`
 * (CloudEvents HTTP binding, section 3.1).
 */
export function parseBinaryCloudEvent(headers: Headers, contentType: string | undefined, body: Buffer): Parsed<Call> {
  const read = readHeaders(headers);
  if (!read.ok) return read;
  const described = contentType === undefined ? read.value : { ...read.value, datacontenttype: contentType };
  const attributes = readAttributes(described, '');
  if (!attributes.ok) {
    return refused(attributes.problems.map(({ path, message }) => ({ path: headerOf(path), message })));
  }
  return toCall(attributes.value, {
    contentType: attributes.value.datacontenttype ?? 'application/octet-stream',
    payload: body,
    listPath: 'ce-destinations',
  });
}

/** The attributes in `ce-*` headers. A doubled one is refused: which of the two is meant? */
function readHeaders(headers: Headers): Parsed<Record<string, string>> {
  const attributes = new Map<string, string>();
  const problems: ParseProblem[] = [];
  for (const [header, value] of headers) {
    const name = header.toLowerCase();
    if (!name.startsWith('ce-')) continue;
    const decoded = decodeHeader(value);
    if (decoded === null)
      problems.push({ path: name, message: 'expected printable ASCII, anything else percent-encoded as UTF-8' });
    else if (name === 'ce-datacontenttype') problems.push({ path: name, message: 'expected it in content-type' });
    else if (attributes.has(name.slice(3))) problems.push({ path: name, message: 'expected once, got it twice' });
    else attributes.set(name.slice(3), decoded);
  }
  return problems.length > 0 ? refused(problems) : parsed(Object.fromEntries(attributes));
}

/** Undoes quotes, then one round of percent-encoding (CloudEvents HTTP binding, section 3.1.3.2). Null when the value is malformed. */
function decodeHeader(value: string): string | null {
  if (!/^[\t\x20-\x7e]*$/.test(value)) return null;
  const unquoted = /^"(.*)"$/.exec(value)?.[1]?.replace(/\\(.)/g, '$1') ?? value;
  try {
    return decodeURIComponent(unquoted);
  } catch {
    // Not the bytes of UTF-8, or no bytes at all.
    return null;
  }
}

function headerOf(attribute: string): string {
  return attribute === 'datacontenttype' ? 'content-type' : `ce-${attribute}`;
}
