import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ourFiles, readOurs, root } from './our-files.ts';

const page = readOurs('docs/security.md');

/** The lines of the security checklist (FAULTS.md, section 4), each by the word it begins with, and what each must come back to. */
const CHECKLIST: Readonly<Record<string, readonly string[]>> = {
  Egress: [
    'every notation',
    'on registration',
    'rebinding',
    'metadata',
    'user info',
    'proxies',
    'redirects',
    'escaped',
  ],
  Tokens: [
    '`none`',
    '`kid`',
    '`jwk`',
    '`jku`',
    '`crit`',
    'times',
    '`aud`',
    'rotation',
    'stale',
    'weak',
    'constant time',
  ],
  iSHARE: [
    'header',
    'chain',
    'trusted list',
    '`iss = sub`',
    '`exp - iat = 30`',
    '`jti`',
    'active',
    'CRL',
    'pathLenConstraint',
  ],
  Rights: ['no token', 'expired', 'each role', "another's", 'new route'],
  Bodies: ['size', 'depth', '10,000 keys', '415', 'UTF-8', 'bombs', '`__proto__`'],
  Headers: ['hop-by-hop', 'control characters'],
  'Slow and many': ['2,000', 'limits by key and address', '`X-Forwarded-For`', 'log-ins'],
  Page: ['`default-src', 'cookie', 'CSRF', 'naughty'],
  'At rest': ['AES-256-GCM', 'dump', 'ids only'],
  Logs: ['one line', 'secrets', 'payloads'],
  Audit: ['chained', 'evidence'],
  Servers: ['Redis', 'PostgreSQL', 'TLS'],
  Supply: ['lock file', '`npm audit`', 'SBOM', 'secret scan', 'install scripts', 'read-only root'],
  Corpora: ['JSON', 'naughty', 'JWT', 'notations', 'fuzz'],
};

interface Line {
  readonly about: string;
  readonly tests: string;
}

/** The rows of the table, line by line. */
const lines: readonly Line[] = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| ---'))
  .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()))
  .map(([, about = '', tests = '']) => ({ about, tests }));

test.each(Object.entries(CHECKLIST))('%s: each thing of the checklist has its line', (name, things) => {
  const ofIt = lines.filter(({ about }) => about.startsWith(`${name}:`)).map(({ about }) => about);
  expect(things.filter((thing) => !ofIt.some((about) => about.includes(thing)))).toEqual([]);
});

test('each line names a test, or says why there is none', () => {
  const ofChecklist = lines.filter(({ about }) => (about.split(':')[0] ?? '') in CHECKLIST);
  expect(ofChecklist.length).toBeGreaterThan(30);
  expect(ofChecklist.filter(({ tests }) => !tests.includes('.test.ts') && !tests.startsWith('No test: '))).toEqual([]);
  expect(page).not.toMatch(/not yet/i);
});

test('each test file that is named is there, and has each test that is quoted', () => {
  const wrong = lines.flatMap(({ tests }) => mistakesIn(tests));
  expect(wrong).toEqual([]);
});

/** Of a cell: `file.test.ts`, "the beginning of a name", "of another"; the next file. */
function mistakesIn(cell: string): string[] {
  const parts = cell.split(/(?=`[\w./-]+\.test\.ts`)/).filter((part) => /^`[\w./-]+\.test\.ts`/.test(part));
  return parts.flatMap((part) => {
    const [, file = ''] = /^`([\w./-]+)`/.exec(part) ?? [];
    if (!existsSync(join(root, file))) return [`${file} is not there`];
    const text = readOurs(file).replaceAll("\\'", "'");
    const names = [...part.matchAll(/"([^"]+)"/g)].map(([, name = '']) => name);
    return names.filter((name) => !text.includes(name)).map((name) => `${file} has no "${name}"`);
  });
}

test('every test of security is named', () => {
  const all = ourFiles().filter((file) => /^tests\/security\/.+\.test\.ts$/.test(file));
  expect(all.filter((file) => !page.includes(`\`${file}\``))).toEqual([]);
});
