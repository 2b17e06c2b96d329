import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { Problem } from './problem.ts';

type Decode = (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

const DECODERS: ReadonlyMap<string, Decode> = new Map([
  ['gzip', promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip)],
  ['x-gzip', promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip)],
  ['deflate', promisify<Buffer, { maxOutputLength: number }, Buffer>(inflate)],
  ['br', promisify<Buffer, { maxOutputLength: number }, Buffer>(brotliDecompress)],
]);

/**
 * Reads a request's whole body, decoded.
 * @param limit Bytes, of what arrives and of what it decodes to.
 * @throws Problem 413 above the limit, 415 for another content encoding, 400 when the body is cut short or broken.
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  const decode = DECODERS.get(encoding);
  if (decode === undefined && encoding !== 'identity' && encoding !== '') throw unsupportedEncoding(encoding);
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
  const bytes = await collect(request, limit);
  return decode === undefined ? bytes : decodeBody(decode, bytes, limit);
}

/** Above the limit the rest is read and dropped: cutting the connection could reach the client before the answer does. */
function collect(request: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= limit) chunks.push(chunk);
      else {
        chunks.length = 0;
        reject(tooLarge(limit));
      }
    });
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    request.on('error', () => reject(cutShort()));
    // It may have been cut while nobody listened, and says it once only.
    if (request.destroyed) reject(cutShort());
  });
}

async function decodeBody(decode: Decode, bytes: Buffer, limit: number): Promise<Buffer> {
  try {
    return await decode(bytes, { maxOutputLength: limit });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limit);
    throw new Problem(400, 'broken-encoding', 'the body is not what its content-encoding says');
  }
}

function tooLarge(limit: number): Problem {
  return new Problem(413, 'body-too-large', `expected at most ${limit} bytes, decoded (server.body)`);
}

function unsupportedEncoding(encoding: string): Problem {
  const headers = { 'accept-encoding': 'gzip, deflate, br' };
  const detail = `expected content-encoding gzip, deflate or br, got ${encoding}`;
  return new Problem(415, 'unsupported-encoding', detail, { headers });
}

function cutShort(): Problem {
  return new Problem(400, 'incomplete-body', 'the body ended before its length');
}
