import { randomBytes } from 'node:crypto';
import { chmod, link, mkdir, open, readFile, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from './error-code.ts';

/** Bytes. */
const LENGTH = 32;

export interface SecretSettings {
  readonly security: { readonly secret?: string | undefined };
  /** `path` is absolute. */
  readonly database: { readonly url: string; readonly path: string };
}

/**
 * The secret that tokens are signed and secrets at rest are encrypted under: the configured one, or with the embedded database
 * one of 32 random bytes, made once and kept in a file beside the database that only its owner can read.
 */
export async function resolveSecret({ security, database }: SecretSettings): Promise<string> {
  if (security.secret !== undefined) return security.secret;
  if (database.url !== 'embedded')
    throw new Error('security.secret must be configured when database.url is not "embedded"');
  const file = `${database.path}.secret`;
  return (await readSecret(file)) ?? (await makeSecret(file));
}

async function readSecret(file: string): Promise<string | null> {
  const secret = await readFile(file, 'utf8').catch(nullIf('ENOENT'));
  if (secret === null) return null;
  if (Buffer.from(secret, 'base64url').length !== LENGTH) {
    // Never replaced: what is in the database could not be decrypted any more.
    throw new Error(`${file} does not hold the secret that was written there: restore it from a backup`);
  }
  await chmod(file, 0o600);
  return secret;
}

/** Linked into place complete, so that of two processes that start at once both take the first one's, and a crash leaves no half of it. */
async function makeSecret(file: string): Promise<string> {
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.${randomBytes(8).toString('hex')}`;
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.writeFile(randomBytes(LENGTH).toString('base64url'));
    await handle.sync();
    await link(draft, file).catch(nullIf('EEXIST'));
  } finally {
    await handle.close();
    await unlink(draft);
  }
  const secret = await readSecret(file);
  if (secret === null) throw new Error(`${file} went away while it was being made`);
  return secret;
}

function nullIf(code: string): (error: unknown) => null {
  return (error) => {
    if (codeOf(error) === code) return null;
    throw error;
  };
}
