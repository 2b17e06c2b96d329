/** A field of a node's form. Its name is its path in the API's document, so that what is wrong with it is told beside it. */
export interface NodeField {
  readonly path: string;
  readonly label: string;
  readonly hint?: string;
  /** `lines`: a list, an item a line or a word. `secret`: not shown while it is typed. */
  readonly kind?: 'text' | 'number' | 'lines' | 'secret' | 'pem';
  /** The browser says that it is missing. For what is always in sight only. */
  readonly required?: boolean;
}

/** A node as it stands in a form: texts by path. */
export type Draft = Readonly<Record<string, string>>;

export const ID: NodeField = {
  path: 'id',
  label: 'Id',
  hint: 'what senders name as a destination; it stays for good',
  required: true,
};
export const NAME: NodeField = { path: 'name', label: 'Name', hint: 'as people say it' };
export const DID: NodeField = { path: 'did', label: 'DID', hint: 'did:web:customs.example, if it has one' };
export const ADDRESS: NodeField = {
  path: 'url',
  label: 'Address',
  hint: 'where deliveries go: http or https',
  required: true,
};
export const SUBSCRIPTIONS: NodeField = {
  path: 'subscriptions',
  label: 'Subscriptions',
  hint: 'One pattern a line: * for one segment between dots, > for the rest.',
  kind: 'lines',
};

export const POLICY_FIELDS: readonly NodeField[] = [
  { path: 'policy.retry.delay.fixed', label: 'First retry after', hint: 'seconds', kind: 'number' },
  { path: 'policy.retry.delay.progressive', label: 'Each further one later by', hint: 'seconds', kind: 'number' },
  { path: 'policy.retry.max', label: 'Frozen after', hint: 'failures; 0: never', kind: 'number' },
  { path: 'policy.timeout', label: 'Time for an attempt', hint: 'seconds', kind: 'number' },
  { path: 'policy.concurrency', label: 'At the same time', hint: 'requests', kind: 'number' },
  { path: 'policy.batch', label: 'In one go', hint: 'deliveries', kind: 'number' },
];

const TOKEN_URL: NodeField = {
  path: 'auth.tokenUrl',
  label: 'Token address',
  hint: 'where tokens are fetched',
};
const SCOPE: NodeField = { path: 'auth.scope', label: 'Scope' };
const TOKEN_CA: NodeField = {
  path: 'auth.ca',
  label: 'Authority of the token server',
  hint: 'PEM; empty: the well-known ones',
  kind: 'pem',
};

/** What each way of saying who we are takes. */
export const AUTH_FIELDS: Readonly<Record<string, readonly NodeField[]>> = {
  none: [],
  'api-key': [
    { path: 'auth.header', label: 'Header', hint: 'x-api-key' },
    { path: 'auth.value', label: 'Key', kind: 'secret' },
  ],
  basic: [
    { path: 'auth.username', label: 'User name there' },
    { path: 'auth.password', label: 'Password there', kind: 'secret' },
  ],
  bearer: [{ path: 'auth.token', label: 'Token', kind: 'secret' }],
  oauth2: [
    TOKEN_URL,
    { path: 'auth.clientId', label: 'Client id' },
    { path: 'auth.clientSecret', label: 'Client secret', kind: 'secret' },
    SCOPE,
    TOKEN_CA,
  ],
  ishare: [
    TOKEN_URL,
    { path: 'auth.partyId', label: 'Party of the token server', hint: 'its EORI' },
    SCOPE,
    { path: 'auth.clientId', label: 'Our EORI', hint: 'empty: as security.ishare says' },
    { path: 'auth.privateKey', label: 'Our key', hint: 'RSA, PEM', kind: 'pem' },
    { path: 'auth.certificates', label: 'Our certificates', hint: 'PEM, with those that signed them', kind: 'pem' },
    TOKEN_CA,
  ],
};

export const AUTH_WORDS: Readonly<Record<string, string>> = {
  none: 'not at all',
  'api-key': 'by a key in a header',
  basic: 'by name and password',
  bearer: 'by a fixed token',
  oauth2: 'by OAuth 2 client credentials',
  ishare: 'by iSHARE',
};

export const TLS_FIELDS: readonly NodeField[] = [
  { path: 'tls.ca', label: 'Its authority', hint: 'PEM; empty: the well-known ones', kind: 'pem' },
  { path: 'tls.certificate', label: 'What we show to it', hint: 'PEM, with its chain', kind: 'pem' },
  { path: 'tls.privateKey', label: 'Key of that', hint: 'PEM, unencrypted', kind: 'pem' },
];

/** Every field that can be seen, with what the chosen way of saying who we are takes. */
export function fieldsOf(draft: Draft): readonly NodeField[] {
  const auth = AUTH_FIELDS[textAt(draft, 'auth.type')] ?? [];
  return [ID, NAME, DID, ADDRESS, SUBSCRIPTIONS, ...POLICY_FIELDS, ...auth, ...TLS_FIELDS];
}

/** A node, or part of one, as the API takes it: texts by path become members in members; what is empty is left out. */
export function documentOf(fields: readonly NodeField[], draft: Draft): Record<string, unknown> {
  return nest(
    fields.filter(({ path }) => textAt(draft, path) !== '').map((field) => [field.path, valueOf(field, draft)]),
  );
}

/** Of one field; null when it is empty. A number may be none: which of them will do is for the API to say. */
export function valueOf({ path, kind }: NodeField, draft: Draft): unknown {
  const text = textAt(draft, path);
  if (kind === 'lines') return text.split(/\s+/).filter(Boolean);
  if (text === '') return null;
  return kind === 'number' ? Number(text) : text;
}

/** What is written in a field, without blanks around it. */
export function textAt(draft: Draft, path: string): string {
  return (draft[path] ?? '').trim();
}

/** `[['a.b', 1], ['a.c', 2]]` as `{ a: { b: 1, c: 2 } }`. */
export function nest(entries: readonly (readonly [path: string, value: unknown])[]): Record<string, unknown> {
  const heads = new Map<string, (readonly [string, unknown])[]>();
  const result: Record<string, unknown> = {};
  for (const [path, value] of entries) {
    const dot = path.indexOf('.');
    if (dot === -1) result[path] = value;
    else heads.set(path.slice(0, dot), [...(heads.get(path.slice(0, dot)) ?? []), [path.slice(dot + 1), value]]);
  }
  for (const [head, below] of heads) result[head] = nest(below);
  return result;
}
