import { ourFiles, readOurs } from './our-files.ts';

/** How credentials begin that someone could use: keys in PEM with their body, tokens of clouds, forges, registries and chats, and JWTs. */
const CREDENTIALS: Readonly<Record<string, RegExp>> = {
  'a private key': /-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=\s]{100,}-----END/,
  'a key of a cloud': /\b(AKIA|ASIA)[A-Z0-9]{16}\b|\bAIza[\w-]{35}\b/,
  'a token of a forge or a registry':
    /\b(gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{50,}|glpat-[\w-]{20}|npm_[A-Za-z0-9]{36})\b/,
  'a token of a chat': /\bxox[abpr]-[\w-]{10,}/,
  'a signed token': /\beyJ[\w-]{20,}\.eyJ[\w-]{20,}\.[\w-]{20,}/,
  'a login in a URL': /\b(postgres(ql)?|redis|https?):\/\/[\w-]+:(?!\$)[A-Za-z0-9+/_-]{20,}@/,
};

const TEXT = /\.(ts|tsx|mjs|js|json|md|sql|ya?ml|sh|env|acl|toml|prisma|html|css)$|Dockerfile|\.env/;

const findIn = (text: string) => Object.keys(CREDENTIALS).filter((name) => CREDENTIALS[name]?.test(text));

test('no file holds a credential that anyone could use', () => {
  const found = ourFiles()
    .filter((path) => TEXT.test(path))
    .flatMap((path) => findIn(readOurs(path)).map((what) => `${path}: ${what}`));
  expect(found).toEqual([]);
});

test('and one that did would be found', () => {
  const [body, kind] = ['A'.repeat(64), 'PRIVATE KEY'];
  expect(findIn(`-----BEGIN ${kind}-----\n${body}\n${body}\n-----END`)).toEqual(['a private key']);
  expect(findIn(`token = "ghp_${body.slice(0, 36)}"`)).toEqual(['a token of a forge or a registry']);
  expect(findIn(`eyJ${body}.eyJ${body}.${body}`)).toEqual(['a signed token']);
});
