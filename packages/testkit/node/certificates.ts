import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How a test node's certificate is wrong, or `good`. All but `self-signed` come from one authority. */
export type CertificateKind = 'good' | 'expired' | 'self-signed' | 'wrong-host';

/** Both PEM. */
interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

export interface Certificates {
  /** The authority's certificate, for who is to trust it. PEM. */
  readonly ca: string;
  readonly of: Readonly<Record<CertificateKind, KeyPair>>;
}

const NAMES = 'subjectAltName=DNS:localhost,IP:127.0.0.1';
let made: Certificates | undefined;

/** Whether certificates can be made: `openssl` is on the path. */
export function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Makes an authority and one certificate of each kind, with `openssl`; once in a process. */
export function makeCertificates(): Certificates {
  made ??= withFolder((folder) => {
    const ca = selfSign(folder, 'ca', 'keyUsage=critical,keyCertSign,cRLSign');
    return {
      ca: ca.cert,
      of: {
        good: sign(folder, 'good', NAMES, 2),
        expired: sign(folder, 'expired', NAMES, -1),
        'self-signed': selfSign(folder, 'self-signed', NAMES),
        'wrong-host': sign(folder, 'wrong-host', 'subjectAltName=DNS:other.example', 2),
      },
    };
  });
  return made;
}

function selfSign(folder: string, name: string, extension: string): KeyPair {
  openssl(folder, `req -x509 ${newKey(name)} -days 2 -out ${name}.crt -addext ${extension}`);
  return read(folder, name);
}

function sign(folder: string, name: string, extension: string, days: number): KeyPair {
  writeFileSync(join(folder, `${name}.ext`), extension);
  openssl(folder, `req ${newKey(name)} -out ${name}.csr`);
  openssl(
    folder,
    `x509 -req -in ${name}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days ${days} -extfile ${name}.ext -out ${name}.crt`,
  );
  return read(folder, name);
}

function newKey(name: string): string {
  return `-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ${name}.key -subj /CN=${name}`;
}

function read(folder: string, name: string): KeyPair {
  return {
    key: readFileSync(join(folder, `${name}.key`), 'utf8'),
    cert: readFileSync(join(folder, `${name}.crt`), 'utf8'),
  };
}

function openssl(cwd: string, command: string): void {
  execFileSync('openssl', command.split(' '), { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
}

function withFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
