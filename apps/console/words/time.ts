// How times are told. Everything is in the reader's own time zone.

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const shortClock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const dayAndClock = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
});
const whole = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'long' });

const DAY = 86_400;

/** `12:03` for today, else `23 Nov 12:03`. @param now In ms. */
export function moment(iso: string, now: number): string {
  const at = new Date(iso);
  return new Date(now).toDateString() === at.toDateString() ? shortClock.format(at) : dayAndClock.format(at);
}

/** With seconds, for what is close. */
export function preciseMoment(iso: string, now: number): string {
  const at = new Date(iso);
  return new Date(now).toDateString() === at.toDateString() ? clock.format(at) : dayAndClock.format(at);
}

/** All of it, zone included. */
export function wholeMoment(iso: string): string {
  return whole.format(new Date(iso));
}

const UNITS = [
  [DAY, 'd'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
] as const;

/** `2 d 3 h`, `4 min 10 s`, `0 s`: the two largest units. @param seconds Not negative. */
export function span(seconds: number): string {
  let rest = Math.max(0, Math.round(seconds));
  const parts: string[] = [];
  for (const [unit, name] of UNITS) {
    const count = Math.floor(rest / unit);
    rest -= count * unit;
    if (count > 0) parts.push(`${count} ${name}`);
    // A unit that is empty ends it: "2 d 5 s" says more than is meant.
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.length === 0 ? '0 s' : parts.join(' ');
}

/** `4 min ago`. @param now In ms. */
export function ago(iso: string, now: number): string {
  const seconds = (now - Date.parse(iso)) / 1_000;
  return seconds < 1 ? 'just now' : `${span(seconds)} ago`;
}

/** Milliseconds as one reads them: `9 ms`, `1.2 s`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  return ms < 60_000 ? `${(ms / 1_000).toFixed(1)} s` : span(ms / 1_000);
}
