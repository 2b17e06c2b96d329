/** SQLSTATEs, by their first characters, of a database that is away, full, busy or starting: the same statement may succeed later. */
const PASSING = ['08', '53', '57P', '58', '40001', '40P01', '55P03', '25006'];

/** What `pg` throws without an SQLSTATE when a connection broke, could not be made, or was not to be had in time. */
const BROKEN_CONNECTION = /connection|timeout|terminat|ECONN|EPIPE|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|socket/i;

/** Whether a statement failed for a reason that passes. What it did is unknown when its connection broke: it may have committed. */
export function isPassing(error: unknown): boolean {
  const code = textOf(error, 'code');
  if (/^[0-9A-Z]{5}$/.test(code)) return PASSING.some((prefix) => code.startsWith(prefix));
  return BROKEN_CONNECTION.test(`${code} ${textOf(error, 'message')}`);
}

function textOf(error: unknown, key: 'code' | 'message'): string {
  if (typeof error !== 'object' || error === null) return '';
  const value: unknown = Reflect.get(error, key);
  return typeof value === 'string' ? value : '';
}
