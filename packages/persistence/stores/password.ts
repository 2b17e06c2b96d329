import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import type { RandomBytes } from '#core';

/** Slow on purpose: argon2id with the memory, time and parallelism that OWASP's Password Storage Cheat Sheet gives (19 MiB, 2, 1). */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export function hashPassword(password: string): Promise<string> {
  return hash(password, COST);
}

/** Whether a password is the one that was hashed. Without a hash it takes as long to say no, so that an answer's time tells nobody who exists. */
export async function verifyPassword(password: string, hashed: string | null): Promise<boolean> {
  const matches = await verify(hashed ?? (await nobodysHash()), password);
  return matches && hashed !== null;
}

/** A password that nobody guesses: 144 bits. */
export function makePassword(random: RandomBytes = randomBytes): string {
  return random(18).toString('base64url');
}

let nobodys: Promise<string> | undefined;

function nobodysHash(): Promise<string> {
  nobodys ??= hashPassword(makePassword());
  return nobodys;
}
