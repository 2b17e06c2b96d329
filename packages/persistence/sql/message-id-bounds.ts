/**
 * How far a message's id may be off the moment the database took it in, in ms: ids carry the time of the accepting process, whose clock
 * may be wrong by an hour.
 */
const CLOCK_SLACK = 2 * 3_600_000;
const LATEST = 2 ** 48 - 1;

/** No message accepted at or after `since` has a lower id. */
export function lowestIdSince(since: Date): string {
  return lowestIdOf(since.getTime() - CLOCK_SLACK);
}

/** Every message accepted before `until` has a lower id. */
export function lowestIdAfter(until: Date): string {
  return lowestIdOf(until.getTime() + CLOCK_SLACK);
}

/** Below every UUID of version 7 made at that moment or later (RFC 9562, section 5.7): they begin with the milliseconds. */
function lowestIdOf(milliseconds: number): string {
  const hex = Math.min(Math.max(milliseconds, 0), LATEST).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}
