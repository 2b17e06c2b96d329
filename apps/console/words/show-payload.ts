/** How a payload is shown. */
export type Shown =
  | { readonly kind: 'text'; readonly language: 'JSON' | 'Turtle' | 'XML' | 'text'; readonly text: string }
  | { readonly kind: 'bytes'; readonly text: string };

/** Bytes of which more is not shown: the browser would stall on what nobody reads. */
const MOST_SHOWN = 262_144;
const MOST_BYTES = 4_096;

/** Reads a payload for people. What is no text is shown as a hex dump; JSON is indented unless that would change a number. */
export function showPayload(bytes: Uint8Array, contentType: string): Shown {
  const text = decode(bytes.subarray(0, MOST_SHOWN));
  if (text === null) return { kind: 'bytes', text: hexDump(bytes.subarray(0, MOST_BYTES)) };
  const language = languageOf(contentType, text);
  return { kind: 'text', language, text: language === 'JSON' ? indentJson(text) : text };
}

function decode(bytes: Uint8Array): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    // oxlint-disable-next-line no-control-regex -- control characters are what tells bytes from text
    return /[\u0000-\u0008\u000e-\u001f]/.test(text) ? null : text;
  } catch {
    // Fatal means: not UTF-8, so it is not shown as text.
    return null;
  }
}

function languageOf(contentType: string, text: string): 'JSON' | 'Turtle' | 'XML' | 'text' {
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (/[/+]json$/.test(type)) return 'JSON';
  if (/[/+]xml$/.test(type)) return 'XML';
  if (type === 'text/turtle' || /^\s*(@prefix|@base|PREFIX)\b/.test(text)) return 'Turtle';
  if (/^\s*[[{]/.test(text)) return 'JSON';
  return /^\s*<\?xml/.test(text) ? 'XML' : 'text';
}

/** By its own tokens: `JSON.parse` would round numbers, and drop what is there twice. */
export function indentJson(text: string): string {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  let depth = 0;
  let out = '';
  const line = () => `\n${'  '.repeat(depth)}`;
  tokens.forEach((token, i) => {
    if (token === '{' || token === '[') {
      depth += 1;
      out += isClosing(tokens[i + 1]) ? token : token + line();
    } else if (isClosing(token)) {
      depth = Math.max(0, depth - 1);
      const previous = tokens[i - 1];
      out += previous === '{' || previous === '[' ? token : line() + token;
    } else if (token === ',') out += token + line();
    else out += token === ':' ? ': ' : token;
  });
  return out;
}

function isClosing(token: string | undefined): boolean {
  return token === '}' || token === ']';
}

function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = [...bytes.subarray(at, at + 16)];
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCodePoint(byte) : '·')).join('');
    lines.push(`${at.toString(16).padStart(6, '0')}  ${hex.padEnd(47)}  ${text}`);
  }
  return lines.join('\n');
}
