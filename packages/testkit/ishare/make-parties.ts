import { execFileSync } from 'node:child_process';
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A party of a dataspace, with a certificate of its own. All PEM. */
export interface TestParty {
  /** EORI. */
  readonly id: string;
  readonly privateKey: string;
  readonly key: KeyObject;
  /** Its own certificate, that of the authority below the root, the root. */
  readonly certificates: string;
  /** The same as `x5c` has them. */
  readonly x5c: readonly string[];
}

export interface TestAuthority {
  /** The root. PEM. */
  readonly root: string;
  /** SHA-256 of the root, upper-case hexadecimal. */
  readonly fingerprint: string;
  /** A party with a certificate that names it; `days` may be negative, so that it has expired, and `bits` are those of its key. */
  makeParty(id: string, options?: { readonly days?: number; readonly bits?: number }): TestParty;
}

/** Authorities with a root and one below it, made by `openssl`; `name` tells several apart. */
export function makeAuthority(name = 'Test'): TestAuthority {
  const folder = mkdtempSync(join(tmpdir(), 'authority-'));
  try {
    openssl(
      folder,
      `req -x509 ${newKey('root', `/CN=${name} Root`)} -days 2 -out root.crt -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign`,
    );
    sign(folder, {
      file: 'issuing',
      subject: `/CN=${name} Issuing`,
      issuer: 'root',
      extension: 'basicConstraints=critical,CA:TRUE',
      days: 2,
    });
    const files = Object.fromEntries(
      ['root.crt', 'root.key', 'issuing.crt', 'issuing.key'].map((file) => [
        file,
        readFileSync(join(folder, file), 'utf8'),
      ]),
    );
    const root = files['root.crt'] ?? '';
    return {
      root,
      fingerprint: new X509Certificate(root).fingerprint256.replaceAll(':', ''),
      makeParty: (id, options = {}) => makeParty(files, id, options),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function makeParty(
  files: Readonly<Record<string, string>>,
  id: string,
  { days = 2, bits = 2_048 }: { readonly days?: number; readonly bits?: number },
): TestParty {
  const folder = mkdtempSync(join(tmpdir(), 'party-'));
  try {
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
    const subject = `/C=NL/O=Test/serialNumber=${id}/CN=${id}`;
    sign(folder, { file: 'party', subject, issuer: 'issuing', extension: 'basicConstraints=CA:FALSE', days, bits });
    const privateKey = readFileSync(join(folder, 'party.key'), 'utf8');
    const chain = [
      readFileSync(join(folder, 'party.crt'), 'utf8'),
      files['issuing.crt'] ?? '',
      files['root.crt'] ?? '',
    ];
    return {
      id,
      privateKey,
      key: createPrivateKey(privateKey),
      certificates: chain.join(''),
      x5c: chain.map((pem) => new X509Certificate(pem).raw.toString('base64')),
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

interface Signing {
  readonly file: string;
  readonly subject: string;
  readonly issuer: string;
  readonly extension: string;
  readonly days: number;
  readonly bits?: number;
}

function sign(folder: string, { file, subject, issuer, extension, days, bits }: Signing): void {
  writeFileSync(join(folder, `${file}.ext`), extension);
  openssl(folder, `req ${newKey(file, subject, bits)} -out ${file}.csr`);
  openssl(
    folder,
    `x509 -req -in ${file}.csr -CA ${issuer}.crt -CAkey ${issuer}.key -CAcreateserial -days ${days} -extfile ${file}.ext -out ${file}.crt`,
  );
}

function newKey(file: string, subject: string, bits = 2_048): string {
  return `-newkey rsa:${bits} -nodes -keyout ${file}.key -subj ${subject.replaceAll(' ', '\u00a0')}`;
}

/** Spaces separate arguments; those within one are written as no-break spaces. */
function openssl(cwd: string, command: string): void {
  const given = command.split(' ').map((word) => word.replaceAll('\u00a0', ' '));
  execFileSync('openssl', given, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
}
