/** A node may ask for a day at most. Seconds. */
export const LONGEST_RETRY_AFTER = 86_400;

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** The three spellings of an HTTP-date that a recipient must accept (RFC 9110, 5.6.7). */
const IMF_FIXDATE = /^[a-z]{3}, (?<day>\d{2}) (?<month>[a-z]{3}) (?<year>\d{4}) (?<time>\d{2}:\d{2}:\d{2}) gmt$/i;
const RFC850_DATE = /^[a-z]{6,9}, (?<day>\d{2})-(?<month>[a-z]{3})-(?<year>\d{2}) (?<time>\d{2}:\d{2}:\d{2}) gmt$/i;
const ASCTIME_DATE = /^[a-z]{3} (?<month>[a-z]{3}) (?<day>[ \d]\d) (?<time>\d{2}:\d{2}:\d{2}) (?<year>\d{4})$/i;

/**
 * Seconds from `now` that a Retry-After header asks for (RFC 9110, 10.2.3), at most a day; null when it can't be read, is negative or
 * is a moment already past.
 */
export function readRetryAfter(value: string, now: Date): number | null {
  const text = value.trim();
  if (/^\d+$/.test(text)) return Math.min(Number(text), LONGEST_RETRY_AFTER);
  const at = readHttpDate(text, now);
  if (at === null || at < now.getTime()) return null;
  return Math.min((at - now.getTime()) / 1000, LONGEST_RETRY_AFTER);
}

/** Epoch milliseconds; null when it is no HTTP-date or no day of the calendar. */
function readHttpDate(text: string, now: Date): number | null {
  const groups = (IMF_FIXDATE.exec(text) ?? RFC850_DATE.exec(text) ?? ASCTIME_DATE.exec(text))?.groups;
  if (groups === undefined) return null;
  const { day = '', month = '', year = '', time = '' } = groups;
  const monthIndex = MONTHS.indexOf(month.toLowerCase());
  const fullYear = year.length === 2 ? centuryOf(Number(year), now) : Number(year);
  const iso = `${String(fullYear).padStart(4, '0')}-${String(monthIndex + 1).padStart(2, '0')}-${day.trim().padStart(2, '0')}`;
  const at = Date.parse(`${iso}T${time}Z`);
  // Date.parse takes the 31st of every month; a date that does not come back as written does not exist.
  return Number.isNaN(at) || !new Date(at).toISOString().startsWith(iso) ? null : at;
}

/** A two-digit year that seems more than 50 years ahead is the last one in the past with these digits (RFC 9110, 5.6.7). */
function centuryOf(year: number, now: Date): number {
  const thisYear = now.getUTCFullYear();
  const candidate = Math.floor(thisYear / 100) * 100 + year;
  return candidate > thisYear + 50 ? candidate - 100 : candidate;
}
