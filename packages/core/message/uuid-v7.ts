/** What makes ids: the time and chance come from outside. */
export interface UuidSources {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Fills a buffer with random bytes. */
  fill(bytes: Buffer): void;
}

/** Random bytes are fetched for so many ids at once: a system call for each would cost more than the id. */
const IDS_PER_FILL = 256;
const RANDOM_BYTES = 10;
const HIGHEST_COUNTER = 0xfff;

/**
 * Makes UUIDs of version 7 (RFC 9562 section 5.7), each greater than the one before it in this process: within a millisecond the 12 bits
 * after the time count up from a random start (section 6.2, method 1). A clock set back holds the time still; a full counter borrows
 * the next millisecond.
 */
export function createUuidV7({ now, fill }: UuidSources): () => string {
  const pool = Buffer.alloc(IDS_PER_FILL * RANDOM_BYTES);
  const id = Buffer.alloc(16);
  let used = pool.length;
  let time = 0;
  let counter = 0;

  function takeRandom(): number {
    if (used === pool.length) {
      fill(pool);
      used = 0;
    }
    used += RANDOM_BYTES;
    return used - RANDOM_BYTES;
  }

  return () => {
    const random = takeRandom();
    const present = now();
    if (present > time) {
      time = present;
      // The highest bit stays free, so that the counter has room to count.
      counter = pool.readUInt16BE(random) & 0x7ff;
    } else if (counter < HIGHEST_COUNTER) {
      counter += 1;
    } else {
      time += 1;
      counter = pool.readUInt16BE(random) & 0x7ff;
    }
    id.writeUIntBE(time, 0, 6);
    id.writeUInt16BE(0x7000 | counter, 6);
    pool.copy(id, 8, random + 2, random + RANDOM_BYTES);
    id[8] = 0x80 | (id.readUInt8(8) & 0x3f);
    return dashed(id.toString('hex'));
  };
}

function dashed(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
