/** SQLSTATEs, by their first characters, of a database that is away, full, busy, too slow or starting: the same statement may succeed later. */
const PASSING = ['08', '53', '57014', '57P', '58', '40001', '40P01', '55P03', '25006', '25P03'];

/** Prisma's own words for the same: unreachable, timed out, closed, no connection to be had, no transaction begun, a conflict. */
const PASSING_IN_PRISMA = ['P1001', 'P1002', 'P1008', 'P1011', 'P1017', 'P2024', 'P2028', 'P2034'];

/** What `pg` throws without an SQLSTATE when a connection broke, could not be made, or was not to be had in time. */
const BROKEN_CONNECTION = /connection|timeout|terminat|ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|socket/i;

/** Whether a statement failed for a reason that passes. What it did is unknown when its connection broke: it may have committed. */
export function isPassing(error: unknown): boolean {
  const code = textAt(error, 'meta', 'driverAdapterError', 'cause', 'originalCode') || textAt(error, 'code');
  if (/^P[12]\d{3}$/.test(code)) return PASSING_IN_PRISMA.includes(code);
  if (/^[0-9A-Z]{5}$/.test(code)) return PASSING.some((prefix) => code.startsWith(prefix));
  return BROKEN_CONNECTION.test(`${code} ${textAt(error, 'message')}`);
}

/** The text at a path through nested objects; empty when there is none. */
function textAt(value: unknown, ...path: readonly string[]): string {
  const found = path.reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
    value,
  );
  return typeof found === 'string' ? found : '';
}
