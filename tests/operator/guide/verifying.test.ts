import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Webhook } from 'standardwebhooks';

// The guide's ways to verify a delivery are run as they stand, wherever their language is on the machine.

const guide = readFileSync(join(import.meta.dirname, '../../../docs/receiving.md'), 'utf8');
const snippet = (language: string) => new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'ms').exec(guide)?.[1] ?? '';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'orchestrator-verifying-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Delivery {
  readonly id: string;
  readonly sent: string;
  readonly signatures: string;
  readonly body: Buffer;
  readonly secret: string;
}

interface Language {
  readonly name: string;
  readonly program: string;
  /** Runs once, in the folder, before anything is verified. */
  readonly compiler?: string;
  readonly file: string;
  /** What the program is started with; the file unless given. */
  readonly start?: readonly string[];
  /** The snippet, and after it the question whether the delivery of the arguments and of stdin is genuine: exit status 0. */
  readonly text: string;
}

const languages: readonly Language[] = [
  {
    name: 'js',
    program: process.execPath,
    file: 'verify.mjs',
    text: `${snippet('js')}
const [id, sent, signatures, secret] = process.argv.slice(2);
const { readFileSync } = await import('node:fs');
const headers = { 'webhook-id': id, 'webhook-timestamp': sent, 'webhook-signature': signatures };
process.exit(isGenuine(headers, readFileSync(0), secret) ? 0 : 1);
`,
  },
  {
    name: 'python',
    program: 'python3',
    file: 'verify.py',
    text: `${snippet('python')}
import sys
id, sent, signatures, secret = sys.argv[1:]
headers = {"webhook-id": id, "webhook-timestamp": sent, "webhook-signature": signatures}
sys.exit(0 if is_genuine(headers, sys.stdin.buffer.read(), secret) else 1)
`,
  },
  {
    name: 'java',
    program: 'java',
    compiler: 'javac',
    file: 'Verify.java',
    start: ['-cp', '.', '-Xshare:auto', '-XX:TieredStopAtLevel=1', 'Verify'],
    text: `public class Verify {
${snippet('java')}
  public static void main(String[] given) throws Exception {
    System.exit(isGenuine(given[0], given[1], given[2], System.in.readAllBytes(), given[3]) ? 0 : 1);
  }
}
`,
  },
  { name: 'bash', program: 'bash', file: 'verify.sh', text: `${snippet('bash')}\nis_genuine "$@"\n` },
];

describe.each(languages)('the guide in $name', ({ name, program, compiler, file, start = [file], text }) => {
  const missing = [program, compiler ?? program].find((one) => !isThere(one));
  if (missing !== undefined)
    console.warn(`!!! NOT TESTED: the guide's ${name}, since ${missing} is not on the PATH !!!`);
  // Without the language there is nothing to run; where CI is set, that fails.
  const testThere = missing === undefined || process.env['CI'] ? test : test.skip;

  /** Its exit status. A snippet that breaks must not pass for one that refuses. */
  function run(command: string, given: readonly string[], input: Buffer): number | null {
    const { status, stderr } = spawnSync(command, given, { cwd: folder, input });
    expect(String(stderr)).toBe('');
    return status;
  }
  function prepare(): void {
    writeFileSync(join(folder, file), text);
    if (compiler !== undefined) expect(run(compiler, [file], Buffer.alloc(0))).toBe(0);
  }
  const verify = ({ id, sent, signatures, secret, body }: Delivery) =>
    run(program, [...start, id, sent, signatures, secret], body);

  testThere('takes what was signed, by either of two secrets, and refuses what was changed or is old', () => {
    expect(snippet(name)).not.toBe('');
    prepare();
    const genuine = sign(Buffer.from('{"weight": 19.000, "ü": "\n"}'));
    const other = sign(genuine.body, { fill: 9 });
    const seconds = Math.floor(Date.now() / 1_000);
    expect(verify(genuine)).toBe(0);
    expect(verify({ ...genuine, signatures: `${other.signatures} ${genuine.signatures}` })).toBe(0);
    expect(verify({ ...genuine, signatures: other.signatures })).toBe(1);
    expect(verify({ ...genuine, body: Buffer.from('{}') })).toBe(1);
    expect(verify({ ...genuine, id: 'msg_2' })).toBe(1);
    expect(verify(sign(genuine.body, { at: seconds - 3_600 }))).toBe(1);
    expect(verify(sign(genuine.body, { at: seconds + 3_600 }))).toBe(1);
  });
});

function isThere(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).status === 0;
}

function sign(body: Buffer, { fill = 7, at = Math.floor(Date.now() / 1_000) } = {}): Delivery {
  const secret = `whsec_${Buffer.alloc(32, fill).toString('base64')}`;
  const signatures = new Webhook(secret).sign('msg_1', new Date(at * 1_000), body.toString());
  return { id: 'msg_1', sent: String(at), signatures, body, secret };
}
