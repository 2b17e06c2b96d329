import { createHash, type X509Certificate } from 'node:crypto';
import type { JWTPayload } from 'jose';
import { z } from 'zod';
import type { GuardedHttp } from '../tokens/guarded-http.ts';
import { refused } from '../tokens/token-error.ts';
import { fingerprintOf, partyIdsOf, readPem } from './certificates.ts';
import { readSigned } from './read-signed.ts';

/** What is to be known of other parties. Without an association register: who has a certificate below a configured root is active. */
export interface IshareRegister {
  /** Fingerprints of the roots that a chain may end in. Throws `TokenError` while the register can't be asked. */
  trustedRoots(): Promise<ReadonlySet<string>>;
  /** Why a party is not to be dealt with, in words; null when it is active, and `certificate`, where given, its own. Throws `TokenError`. */
  refusal(partyId: string, certificate?: X509Certificate): Promise<string | null>;
}

export interface RegisterOptions {
  /** Our own identifier. */
  readonly id: string;
  /** Roots that are trusted whatever the register says: its own answers end in one. PEM. */
  readonly roots: string;
  readonly register?: { readonly id: string; readonly url: string; readonly ca?: string | undefined } | undefined;
  readonly http: GuardedHttp;
  /** A token for the register. */
  readonly token: () => Promise<string>;
  now(): Date;
}

/** Seconds for a call. */
const TIMEOUT = 10;
/** How long an answer is believed, in ms: a party that is suspended may go on for as long. */
const PARTY_BELIEVED = 60_000;
const LIST_BELIEVED = 600_000;
const MOST_PARTIES = 10_000;

const listSchema = z.array(z.object({ certificate_fingerprint: z.string(), validity: z.string(), status: z.string() }));
const partySchema = z.object({
  party_id: z.string(),
  adherence: z.object({ status: z.string(), start_date: z.string().optional(), end_date: z.string().optional() }),
  certificates: z.array(z.object({ 'x5t#s256': z.string().optional(), x5c: z.string().optional() })).optional(),
});
type Party = z.infer<typeof partySchema>;

export function createIshareRegister(options: RegisterOptions): IshareRegister {
  const { id, register, http, token, now } = options;
  const configured: ReadonlySet<string> = new Set(readPem(options.roots).map(fingerprintOf));
  const parties = new Map<string, { readonly party: Party | null; readonly until: number }>();
  let list: { readonly roots: ReadonlySet<string>; readonly until: number } | null = null;

  /** The claims of what the register answers, signed by itself, at `path`; null when it is not there. */
  async function ask(server: NonNullable<typeof register>, path: string, member: string): Promise<JWTPayload | null> {
    const { status, text } = await http({
      method: 'GET',
      url: `${server.url.replace(/\/+$/, '')}${path}`,
      headers: { authorization: `Bearer ${await token()}` },
      ca: server.ca,
      timeout: TIMEOUT,
    });
    if (status === 404) return null;
    const jwt = status === 200 ? memberOf(text, member) : null;
    if (jwt === null) throw refused(`the association register answered ${status} without a ${member}`);
    const read = await readSigned(jwt, { audience: id, trusted: configured, now: now() });
    if ('problem' in read) throw refused(`the association register's ${member}: ${read.problem}`);
    if (read.issuer !== server.id) throw refused(`the ${member} is not the association register's`);
    return read.claims;
  }

  async function partyOf(server: NonNullable<typeof register>, partyId: string): Promise<Party | null> {
    const known = parties.get(partyId);
    if (known !== undefined && known.until > now().getTime()) return known.party;
    const claims = await ask(server, `/parties/${encodeURIComponent(partyId)}`, 'party_token');
    const party = claims === null ? null : partySchema.parse(claims['party_info']);
    if (parties.size >= MOST_PARTIES) parties.clear();
    parties.set(partyId, { party, until: now().getTime() + PARTY_BELIEVED });
    return party;
  }

  return {
    async trustedRoots() {
      if (register === undefined) return configured;
      if (list !== null && list.until > now().getTime()) return list.roots;
      const claims = await ask(register, '/trusted_list', 'trusted_list_token');
      const entries = listSchema.parse(claims?.['trusted_list']);
      const good = entries.filter(({ validity, status }) => isWord(validity, 'valid') && isWord(status, 'granted'));
      const roots = new Set(good.map(({ certificate_fingerprint: print }) => print.replaceAll(':', '').toUpperCase()));
      list = { roots, until: now().getTime() + LIST_BELIEVED };
      return roots;
    },
    async refusal(partyId, certificate) {
      const isNamed = certificate === undefined || partyIdsOf(certificate).includes(partyId);
      if (register === undefined) return isNamed ? null : `the certificate is not that of ${partyId}`;
      const party = await partyOf(register, partyId);
      if (party?.party_id !== partyId) return `${partyId} is not known to the association register`;
      if (!isActive(party, now())) return `${partyId} is not active at the association register`;
      return isNamed || isListed(party, certificate) ? null : `the certificate is not that of ${partyId}`;
    },
  };
}

function memberOf(text: string, member: string): string | null {
  try {
    const answer = JSON.parse(text) as Readonly<Record<string, unknown>> | null;
    const jwt = answer?.[member];
    return typeof jwt === 'string' ? jwt : null;
  } catch {
    // What is no JSON has no such member.
    return null;
  }
}

function isActive({ adherence }: Party, now: Date): boolean {
  const { status, start_date: from, end_date: until } = adherence;
  if (!isWord(status, 'active')) return false;
  // A date that can't be read opens nothing.
  return (
    (from === undefined || Date.parse(from) <= now.getTime()) &&
    (until === undefined || now.getTime() <= Date.parse(until))
  );
}

function isListed({ certificates = [] }: Party, { raw }: X509Certificate): boolean {
  const thumbprint = createHash('sha256').update(raw).digest();
  return certificates.some(({ 'x5t#s256': listed, x5c }) => {
    if (listed === undefined) return x5c !== undefined && Buffer.from(x5c, 'base64').equals(raw);
    return /^[0-9a-f]{64}$/i.test(listed)
      ? Buffer.from(listed, 'hex').equals(thumbprint)
      : Buffer.from(listed, 'base64url').equals(thumbprint);
  });
}

function isWord(text: string, word: string): boolean {
  return text.toLowerCase() === word;
}
