import { createHash, randomUUID } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { startTestNode, type ReceivedRequest, type TestNode } from '../node/test-node.ts';
import type { Answer } from '../node/answer.ts';
import type { TestParty } from './make-parties.ts';

/** A party as a register lists it. */
export interface ListedParty {
  readonly status: string;
  /** Default: since a year ago, for a year. */
  readonly from?: string;
  readonly until?: string;
  /** Certificates that are its own although they don't name it: base64 of DER. */
  readonly x5c?: readonly string[];
}

/** An association register after the published specification ("iSHARE Satellite"): token, parties, trusted list. */
export interface AssociationRegister {
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
  readonly parties: Map<string, ListedParty>;
  /** Fingerprints of roots, with the status of each. */
  readonly trusted: Map<string, { readonly validity: string; readonly status: string }>;
  /** Who signs its answers: itself, unless a test says otherwise. */
  signer: TestParty;
  /** Answers everything so while it is set. */
  failure: Answer | null;
  close(): Promise<void>;
}

const YEAR = 365 * 86_400_000;

export async function startAssociationRegister(own: TestParty): Promise<AssociationRegister> {
  const node: TestNode = await startTestNode();
  const register = {
    url: node.url,
    get requests() {
      return node.requests;
    },
    parties: new Map<string, ListedParty>(),
    trusted: new Map<string, { validity: string; status: string }>(),
    signer: own,
    failure: null as Answer | null,
    close: () => node.close(),
  };
  node.answer((request) => register.failure ?? answerTo(register, own, request));
  return register;
}

function answerTo(
  register: Omit<AssociationRegister, 'close' | 'requests' | 'url'>,
  own: TestParty,
  request: ReceivedRequest,
): Answer {
  const { pathname } = new URL(request.path, 'http://register');
  if (pathname === '/connect/token') {
    const form = new URLSearchParams(request.body.toString());
    if (form.get('client_assertion') === null) return { status: 400 };
    return {
      body: JSON.stringify({
        access_token: `register-${form.get('client_id')}`,
        token_type: 'Bearer',
        expires_in: 3_600,
      }),
    };
  }
  const client = /^Bearer register-(.+)$/.exec(request.headers['authorization'] ?? '')?.[1];
  if (client === undefined) return { status: 401 };
  if (pathname === '/trusted_list') {
    const list = [...register.trusted].map(([print, state]) => ({
      subject: 'CN=Root',
      certificate_fingerprint: print,
      ...state,
    }));
    return signed(register.signer, own.id, client, 'trusted_list_token', { trusted_list: list });
  }
  const id = decodeURIComponent(pathname.replace('/parties/', ''));
  const party = register.parties.get(id);
  return party === undefined
    ? { status: 404 }
    : signed(register.signer, own.id, client, 'party_token', { party_info: partyInfo(id, party) });
}

function partyInfo(id: string, { status, from, until, x5c = [] }: ListedParty) {
  return {
    party_id: id,
    party_name: id,
    adherence: {
      status,
      start_date: from ?? new Date(Date.now() - YEAR).toISOString(),
      end_date: until ?? new Date(Date.now() + YEAR).toISOString(),
    },
    certificates: x5c.map((certificate) => ({
      'x5t#s256': createHash('sha256').update(Buffer.from(certificate, 'base64')).digest('base64url'),
    })),
  };
}

/** Signed by another library than the one that is to check it. */
function signed(signer: TestParty, issuer: string, client: string, member: string, claims: object): Answer {
  const iat = Math.floor(Date.now() / 1_000);
  const times = { iat, nbf: iat, exp: iat + 30 };
  const token = jwt.sign(
    { iss: issuer, sub: issuer, aud: client, jti: randomUUID(), ...times, ...claims },
    signer.key,
    { header: { alg: 'RS256', typ: 'JWT', x5c: [...signer.x5c] } },
  );
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify({ [member]: token }) };
}
