import { createHmac, createSign } from 'node:crypto';
import { words } from '../words.ts';

/** What a token is made of before it is signed, as text or as what JSON writes of it. */
export interface Parts {
  readonly header: object;
  readonly claims: object | string;
}

/** A kind of token that is accepted somewhere. */
export interface TokenKind {
  /** What a right token of it says now. */
  right(): Parts;
  /** Signs it as it would have to be. */
  sign(parts: Parts): string;
  /** What everybody knows of the key; undefined where it is a secret. */
  readonly publicKey?: string;
  /** A key of the forger's own, and how it is written in a header. */
  readonly own: { readonly privateKey: string; readonly jwk: object; readonly x5c: readonly string[] };
}

function encode(part: object | string): string {
  return Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
}

function textOf({ header, claims }: Parts): string {
  return `${encode(header)}.${encode(claims)}`;
}

export function signHmac(parts: Parts, key: Buffer | string): string {
  const text = textOf(parts);
  return `${text}.${createHmac('sha256', key).update(text).digest('base64url')}`;
}

export function signRsa(parts: Parts, key: string): string {
  const text = textOf(parts);
  return `${text}.${createSign('sha256').update(text).sign(key, 'base64url')}`;
}

type Forge = (kind: TokenKind) => string;

/** With another header than the right one, and signed all the same. */
const withHeader =
  (change: object): Forge =>
  (kind) => {
    const { header, claims } = kind.right();
    return kind.sign({ header: { ...header, ...change }, claims });
  };

const withClaims =
  (change: object): Forge =>
  (kind) => {
    const { header, claims } = kind.right();
    return kind.sign({ header, claims: { ...(claims as object), ...change } });
  };

/** Signed by the forger, whose key the header brings along. */
const byOwnKey =
  (header: (own: TokenKind['own']) => object): Forge =>
  (kind) => {
    const right = kind.right();
    return signRsa({ ...right, header: { ...right.header, alg: 'RS256', ...header(kind.own) } }, kind.own.privateKey);
  };

/** The right token, changed after it was signed. */
const changed =
  (change: (header: string, claims: string, signature: string) => string): Forge =>
  (kind) => {
    const [header = '', claims = '', signature = ''] = kind.sign(kind.right()).split('.');
    return change(header, claims, signature);
  };

const unsigned =
  (alg: string, signature: string): Forge =>
  (kind) => {
    const { header, claims } = kind.right();
    return `${textOf({ header: { ...header, alg }, claims })}.${signature}`;
  };

const far = () => Math.floor(Date.now() / 1_000) + 100_000;

/** Ways to come by a token that is not one; each is tried on every kind of token there is. */
export const FORGERIES: Readonly<Record<string, Forge>> = {
  ...Object.fromEntries(words`none None NONE nOnE`.map((alg) => [`the algorithm ${alg}`, unsigned(alg, '')])),
  'the algorithm none and a signature': (kind) => unsigned('none', kind.sign(kind.right()).split('.')[2] ?? '')(kind),
  'no algorithm': unsigned('', ''),
  'no signature': changed((header, claims) => `${header}.${claims}.`),
  'no signature, nor its dot': changed((header, claims) => `${header}.${claims}`),
  'a signature that lacks an end': changed(
    (header, claims, signature) => `${header}.${claims}.${signature.slice(0, -4)}`,
  ),
  'a signature of zeros': changed((header, claims, signature) => `${header}.${claims}.${'A'.repeat(signature.length)}`),
  'the signature of another': (kind) => signRsa(kind.right(), kind.own.privateKey),
  'another subject under the same signature': changed((header, claims, signature) => {
    const said = JSON.parse(Buffer.from(claims, 'base64url').toString()) as object;
    return `${header}.${encode({ ...said, sub: 'admin' })}.${signature}`;
  }),
  'five parts': changed((header, claims, signature) => `${header}.${claims}.${claims}.${claims}.${signature}`),
  'the public key, or nothing, as a shared secret': (kind) => {
    const { header, claims } = kind.right();
    return signHmac({ header: { ...header, alg: 'HS256' }, claims }, kind.publicKey ?? '');
  },
  'the public key without its last line break as a shared secret': (kind) => {
    const { header, claims } = kind.right();
    return signHmac({ header: { ...header, alg: 'HS256' }, claims }, (kind.publicKey ?? 'x').trim());
  },
  'a key of its own in jwk': byOwnKey(({ jwk }) => ({ jwk })),
  'a chain of its own in x5c': byOwnKey(({ x5c }) => ({ x5c })),
  'a place for its own key in jku': byOwnKey(() => ({ jku: 'http://127.0.0.1:9/keys' })),
  'a place for its own chain in x5u': byOwnKey(() => ({ x5u: 'http://127.0.0.1:9/chain' })),
  'a jwk beside the right signature': withHeader({ jwk: { kty: 'oct', k: 'AA' } }),
  'a jku beside the right signature': withHeader({ jku: 'http://127.0.0.1:9/keys' }),
  'an x5u beside the right signature': withHeader({ x5u: 'http://127.0.0.1:9/chain' }),
  'a key id that is a path': withHeader({ kid: '../../../../dev/null' }),
  'a key id that is SQL': withHeader({ kid: "x' UNION SELECT 'AA' --" }),
  'a key id that is a command': withHeader({ kid: '|/bin/id' }),
  'a key id that every object inherits': withHeader({ kid: '__proto__' }),
  'a key id that is no text': withHeader({ kid: { $ne: 1 } }),
  'a critical header that nobody knows': withHeader({ crit: ['x'], x: 1 }),
  'a critical header that is not there': withHeader({ crit: ['exp'] }),
  'no list of critical headers': withHeader({ crit: [] }),
  'a payload that is not encoded': withHeader({ b64: false, crit: ['b64'] }),
  'an end that is a text': withClaims({ exp: String(far()) }),
  'an end that is no number': withClaims({ exp: null }),
  'an end that has come': withClaims({ exp: 1 }),
  'a beginning that has not come': withClaims({ nbf: far() }),
  'an issue in the future': withClaims({ iat: far(), exp: far() + 30 }),
  'an issue that is a text': withClaims({ iat: 'now' }),
  'several audiences': withClaims({ aud: ['x', 'y'] }),
  'an issuer that is a list': withClaims({ iss: [] }),
  'a subject that is an object': withClaims({ sub: { $ne: 1 } }),
  'claims that are a list': (kind) => kind.sign({ ...kind.right(), claims: '[]' }),
  'claims that are no JSON': (kind) => kind.sign({ ...kind.right(), claims: 'sub=admin' }),
  'an issuer that comes twice, and is another at last': (kind) => {
    const { header, claims } = kind.right();
    return kind.sign({ header, claims: JSON.stringify(claims).replace(/\}$/, ',"iss":"someone"}') });
  },
  'a line break in it': changed((header, claims, signature) => `${header}.${claims}.\n${signature}`),
  'nothing but dots': () => '..',
  'a text that is no token': () => 'admin',
};
