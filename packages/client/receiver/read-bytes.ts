/** A request whose body is still to be read, or was read by `express.raw` or `express.text`. */
export interface RequestBody extends AsyncIterable<Uint8Array | string> {
  readonly headers: Readonly<Record<string, unknown>>;
  body?: unknown;
}

/**
 * The body as it came in; null when it has more than `largest` bytes. Of one that says so beforehand nothing is read.
 * @throws TypeError when something has parsed it: its bytes are gone.
 */
export async function readBytes(request: RequestBody, largest: number): Promise<Uint8Array | null> {
  if (Number(request.headers['content-length'] ?? 0) > largest) return null;
  const chunks = request.body === undefined ? request : [readAlready(request.body)];
  const read: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    const bytes = typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk;
    size += bytes.length;
    if (size > largest) return null;
    read.push(bytes);
  }
  return concatenate(read, size);
}

function readAlready(body: unknown): Uint8Array | string {
  if (typeof body === 'string' || body instanceof Uint8Array) return body;
  throw new TypeError(
    'the body has been parsed, and the signature covers its bytes: put receiveDeliveries before express.json() and its like',
  );
}

function concatenate(parts: readonly Uint8Array[], size: number): Uint8Array {
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
