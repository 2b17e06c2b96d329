/** The headers of a request as `node:http`, Express, Fastify or `fetch` have them. */
export type DeliveryHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

export interface DeliveryToVerify {
  readonly headers: DeliveryHeaders;
  /** The body as it came in, not parsed: the signature covers its bytes. */
  readonly body: Uint8Array | string;
  /** The node's secrets, `whsec_...`: two while a rotation overlaps. One of them must have signed. */
  readonly secrets: readonly string[];
  /** Seconds by which the moment of the attempt may lie before or after `now`. Default: 300. */
  readonly tolerance?: number;
  /** Default: the present. */
  readonly now?: Date;
}

export type Verification =
  | {
      readonly ok: true;
      /** The orchestrator's id of the message, the same on every attempt: what to know repeats by. */
      readonly id: string;
      /** When this attempt was made. */
      readonly timestamp: Date;
    }
  | {
      readonly ok: false;
      readonly reason: 'header-missing' | 'header-malformed' | 'too-old' | 'too-new' | 'no-match';
      /** What was expected and got; no secrets. */
      readonly detail: string;
    };

const TOLERANCE = 300;
/** A header with more signatures is someone's attempt to keep us busy. */
const MOST_SIGNATURES = 16;
const FEWEST_BYTES = 24;
const MOST_BYTES = 64;

/**
 * Whether a request is a delivery from the orchestrator, by its signature (Standard Webhooks 1.0). Signatures are compared in
 * constant time.
 * @throws TypeError for a secret that is none, and when there is no secret at all.
 */
export async function verifyDelivery(delivery: DeliveryToVerify): Promise<Verification> {
  const { headers, body, secrets, tolerance = TOLERANCE, now = new Date() } = delivery;
  if (secrets.length === 0) throw new TypeError('secrets: expected at least one, got none');
  const keys = secrets.map(readSecret);
  const [id, sent, signatures] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    read(headers, name),
  );
  if (!id || !sent || !signatures) {
    return refused('header-missing', 'expected the headers webhook-id, webhook-timestamp and webhook-signature');
  }
  if (!/^\d{1,12}$/.test(sent)) return refused('header-malformed', 'webhook-timestamp: expected epoch seconds');
  const age = now.getTime() / 1_000 - Number(sent);
  if (age > tolerance) return refused('too-old', `signed ${Math.round(age)} s ago, expected at most ${tolerance}`);
  if (age < -tolerance) return refused('too-new', `signed ${Math.round(-age)} s ahead, expected at most ${tolerance}`);
  const signed = concatenate(`${id}.${sent}.`, body);
  const given = readSignatures(signatures);
  for (const key of keys) {
    if (await isSignedWith(key, given, signed)) return { ok: true, id, timestamp: new Date(Number(sent) * 1_000) };
  }
  return refused('no-match', 'none of the secrets made any of the signatures');
}

type Refusal = Extract<Verification, { ok: false }>;
type Bytes = Uint8Array<ArrayBuffer>;

function refused(reason: Refusal['reason'], detail: string): Refusal {
  return { ok: false, reason, detail };
}

/** A header's value. One sent several times is malformed where only one makes sense, and so is read as the list that HTTP makes of it. */
function read(headers: DeliveryHeaders, name: string): string | undefined {
  if (headers instanceof Headers) return headers.get(name) ?? undefined;
  const found = Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  return typeof found === 'string' ? found : found?.join(', ');
}

/** The signatures of the version that we know: `v1,` and base64, separated by spaces. */
function readSignatures(header: string): Bytes[] {
  const versioned = header.split(' ', MOST_SIGNATURES).filter((part) => part.startsWith('v1,'));
  return versioned.flatMap((part) => decodeBase64(part.slice('v1,'.length)) ?? []);
}

async function isSignedWith(bytes: Bytes, signatures: readonly Bytes[], signed: Bytes): Promise<boolean> {
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
  for (const signature of signatures) {
    if (await crypto.subtle.verify('HMAC', key, signature, signed)) return true;
  }
  return false;
}

function readSecret(secret: string, position: number): Bytes {
  const bytes = secret.startsWith('whsec_') ? decodeBase64(secret.slice('whsec_'.length)) : null;
  if (bytes !== null && bytes.length >= FEWEST_BYTES && bytes.length <= MOST_BYTES) return bytes;
  throw new TypeError(
    `secrets[${position}]: expected whsec_ and the base64 of ${FEWEST_BYTES} to ${MOST_BYTES} bytes, got something else`,
  );
}

/** Null when it is not base64. */
function decodeBase64(text: string): Bytes | null {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    // The right characters in a number that no bytes are written with.
    return null;
  }
}

function concatenate(head: string, body: Uint8Array | string): Bytes {
  const first = new TextEncoder().encode(head);
  const second = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
