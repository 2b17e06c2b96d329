import * as z from 'zod';
import { LONGEST_DELAY } from '../delivery/retry-delay.ts';
import { isCertificates, isPrivateKey } from './pem.ts';
import { Filled } from './fill-from-environment.ts';
import { LONGEST_INTERVAL, POLICY_LIMITS, SHORTEST_INTERVAL } from './limits.ts';
import { readQueueUrl } from './queue-url.ts';
import { isWeakSecret, SHORTEST_SECRET } from './weak-secret.ts';

// Each schema's error is what was expected, in words: `parseConfig` adds the key and what was got.

/** 256 MiB: well below what a string or a row of PostgreSQL can hold once encoded. */
const LARGEST_BODY = 256 * 1_048_576;

const port = whole(0, 65_535);
const STRONG_SECRET = `at least ${SHORTEST_SECRET} random bytes, nothing from an example and nothing repeated (openssl rand -base64 32 makes some)`;
const QUEUE_URL =
  '"database" or a URL such as redis://host:6379, rediss://host:6379, redis+sentinel://host:26379,host:26379/name or redis+cluster://host:6379,host:6379';

export const configSchema = section({
  server: section({
    host: text(isHost, 'a host name or an IP address').default('127.0.0.1'),
    port: port.default(8080),
    body: whole(1, LARGEST_BODY).default(1_048_576),
    proxies: list(text(isAddressOrRange, 'an IP address or a range such as 10.0.0.0/8')),
  }),
  database: section({
    url: text(isDatabaseUrl, '"embedded" or a URL such as postgres://user:password@host:5432/name').default('embedded'),
    path: text(isFolder, 'the path of a folder').default('data/postgres'),
  }),
  queue: section({
    url: text((url) => readQueueUrl(url) !== null, QUEUE_URL).default('database'),
  }),
  delivery: section({
    startup: section({ workers: whole(1, 10_000).default(32) }),
    batch: whole(...POLICY_LIMITS.batch).default(100),
    interval: seconds(SHORTEST_INTERVAL, LONGEST_INTERVAL).default(10),
    retry: section({
      delay: section({
        fixed: seconds(...POLICY_LIMITS.fixed).default(60),
        progressive: seconds(...POLICY_LIMITS.progressive).default(60),
      }),
      max: whole(...POLICY_LIMITS.max).default(10),
    }),
    timeout: seconds(...POLICY_LIMITS.timeout).default(30),
    concurrency: whole(...POLICY_LIMITS.concurrency).default(8),
    network: section({
      allow: list(text(isHostOrRange, 'a host name, an IP address or a range such as 10.0.0.0/8')),
    }),
  }),
  purge: section({
    interval: secondsOrNever(SHORTEST_INTERVAL, LONGEST_INTERVAL).default(3_600),
    delivered: seconds(0, LONGEST_DELAY).default(7 * 86_400),
    frozen: seconds(0, LONGEST_DELAY).default(30 * 86_400),
    log: seconds(0, LONGEST_DELAY).default(30 * 86_400),
  }),
  worker: section({ port: port.default(8081) }),
  security: section({
    admin: section({
      username: text(isShortText, 'a name of at most 100 characters').default('admin'),
      password: optional(text(isPassword, 'a password of at most 1000 characters')),
    }),
    secret: optional(text((secret) => !isWeakSecret(secret), STRONG_SECRET)),
    previousSecret: optional(text((secret) => !isWeakSecret(secret), STRONG_SECRET)),
    limits: section({
      key: whole(0, 1_000_000).default(20_000),
      address: whole(0, 1_000_000).default(20_000),
    }),
    connector: section({ addresses: list(text(isAddressOrRange, 'an IP address or a range such as 10.0.0.0/8')) }),
    oidc: section({
      issuer: optional(text(isWebUrl, 'the URL of an OpenID provider')),
      audience: optional(text(isShortText, 'a name of at most 100 characters')),
      jwks: optional(text(isWebUrl, 'the URL of a JSON Web Key Set')),
      claim: text(isShortText, 'the name of a claim').default('roles'),
      admin: text(isShortText, 'a role of the provider').default('admin'),
      operator: text(isShortText, 'a role of the provider').default('operator'),
      viewer: text(isShortText, 'a role of the provider').default('viewer'),
    }),
    ishare: section({
      id: optional(text(isShortText, 'the identifier of a party (EORI)')),
      privateKey: optional(text(isPrivateKey, 'an RSA private key in PEM, unencrypted')),
      certificates: optional(text(isCertificates, 'certificates in PEM, our own first, the root last')),
      roots: optional(text(isCertificates, 'certificates in PEM')),
      register: section({
        id: optional(text(isShortText, 'the identifier of a party (EORI)')),
        url: optional(text(isWebUrl, 'the URL of an association register')),
        ca: optional(text(isCertificates, 'certificates in PEM')),
      }),
    }),
  }),
  log: section({
    level: oneOf('error', 'warn', 'info', 'debug').default('info'),
    format: optional(oneOf('json', 'pretty')),
  }),
});

/** The configuration with its defaults filled in. Times are in seconds; see `config/application.yaml` for what each key means. */
export type Config = z.output<typeof configSchema>;

/** Every key there is, sections too: `delivery`, `delivery.retry`, `delivery.retry.max`. */
export const KNOWN_KEYS: readonly string[] = keysBelow(
  z.toJSONSchema(configSchema, { io: 'output', unrepresentable: 'any' }),
);

function keysBelow(schema: z.core.JSONSchema._JSONSchema, prefix = ''): string[] {
  if (typeof schema === 'boolean') return [];
  return Object.entries(schema.properties ?? {}).flatMap(([name, child]) => {
    return [`${prefix}${name}`, ...keysBelow(child, `${prefix}${name}.`)];
  });
}

/** A mapping. One that is there with nothing in it, everything commented out, is as good as left out. */
function section<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.preprocess((value) => value ?? {}, z.strictObject(shape, { error: 'a mapping' }));
}

function list<Item extends z.ZodType>(item: Item) {
  return z.preprocess((value) => value ?? [], z.array(item, 'a list'));
}

function text(isRight: (text: string) => boolean, expected: string) {
  return z.preprocess(toText, z.string(expected).refine(isRight, expected));
}

/** A key without a default, which may be left out. */
function optional<Value extends z.ZodType>(schema: Value) {
  return z.preprocess((value) => (isNothing(value) ? undefined : value), schema.optional());
}

/** Left out, left empty, or filled with nothing as by `${NAME:-}`. */
export function isNothing(value: unknown): boolean {
  return value === undefined || value === null || (value instanceof Filled && value.text === '');
}

function oneOf<const Choice extends string>(...choices: Choice[]) {
  return z.preprocess(toText, z.enum(choices, `one of ${choices.join(', ')}`));
}

function whole(from: number, to: number) {
  return numeric(
    (value) => Number.isInteger(value) && value >= from && value <= to,
    `a whole number from ${from} to ${to}`,
  );
}

function seconds(from: number, to: number) {
  return numeric((value) => value >= from && value <= to, secondsFrom(from, to));
}

function secondsOrNever(from: number, to: number) {
  const isRight = (value: number) => value === 0 || (value >= from && value <= to);
  return numeric(isRight, `${secondsFrom(from, to)}, or 0 for never`);
}

function secondsFrom(from: number, to: number): string {
  return `a number of seconds from ${from} to ${to}${to > 86_400 ? ` (${to / 86_400} days)` : ''}`;
}

function numeric(isRight: (value: number) => boolean, expected: string) {
  return z.preprocess(toValue, z.number(expected).refine(isRight, expected));
}

function toText(value: unknown): unknown {
  return value instanceof Filled ? value.text : value;
}

function toValue(value: unknown): unknown {
  return value instanceof Filled ? value.value : value;
}

const address = z.union([z.ipv4(), z.ipv6()]);
const range = z.union([z.cidrv4(), z.cidrv6()]);
const label = '[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?';
// The last label holds a letter: all digits, or 0x and digits, would be an IPv4 address in disguise (WHATWG URL, "ends in a number").
const hostName = new RegExp(`^(?=.{1,253}$)(?:${label}\\.)*(?!\\d+$|0[xX][0-9A-Fa-f]*$)${label}$`);

function isHost(text: string): boolean {
  return hostName.test(text) || address.safeParse(text).success;
}

function isHostOrRange(text: string): boolean {
  return isHost(text) || range.safeParse(text).success;
}

function isAddressOrRange(text: string): boolean {
  return address.safeParse(text).success || range.safeParse(text).success;
}

function isWebUrl(text: string): boolean {
  return /^https?:\/\/./.test(text) && URL.canParse(text) && new URL(text).username === '';
}

function isDatabaseUrl(text: string): boolean {
  if (text === 'embedded') return true;
  return /^postgres(?:ql)?:\/\/./.test(text) && URL.canParse(text) && hasDecodableLogin(new URL(text));
}

function hasDecodableLogin({ username, password, pathname }: URL): boolean {
  return !/%(?![0-9A-Fa-f]{2})/.test(username + password + pathname);
}

function isFolder(text: string): boolean {
  return text.trim() !== '' && !text.includes('\0');
}

function isShortText(text: string): boolean {
  return text.length <= 100 && text.trim() === text && /^[^\p{Cc}]+$/u.test(text);
}

function isPassword(text: string): boolean {
  return text.length >= 1 && text.length <= 1_000;
}
