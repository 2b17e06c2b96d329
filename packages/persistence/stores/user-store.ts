import { randomBytes, randomUUID } from 'node:crypto';
import type { RandomBytes } from '#core';
import type { Database } from '../database.ts';
import type { Prisma } from '../generated/client.ts';
import { madeBefore, newestFirst, positionByCreation } from './by-creation.ts';
import { appendLog } from './log-store.ts';
import { pageOf, type Page, type PageRequest } from './page.ts';
import { hashPassword, makePassword, verifyPassword } from './password.ts';
import { isUniqueViolation } from './unique-violation.ts';

export const ROLES = ['admin', 'operator', 'viewer'] as const;
export type UserRole = (typeof ROLES)[number];

/** A user as it is shown. */
export interface UserView {
  readonly id: string;
  readonly username: string;
  readonly role: UserRole;
}

export interface UserInput {
  readonly username: string;
  readonly password: string;
  readonly role: UserRole;
}

export type UserPatch = { readonly [Member in keyof UserInput]?: UserInput[Member] | undefined };

/** Why a user stays as it is: another has that name, or nobody would be left who may do everything. */
export type UserConflict = { readonly conflict: 'username-taken' | 'last-administrator' };

export interface UserStore {
  list(page: PageRequest): Promise<Page<UserView>>;
  findUser(id: string): Promise<UserView | null>;
  create(input: UserInput, actor: string): Promise<UserView | UserConflict>;
  patch(id: string, patch: UserPatch, actor: string): Promise<UserView | UserConflict | null>;
  remove(id: string, actor: string): Promise<'removed' | UserConflict | null>;
  /** The user of that name, if that is the password. Takes as long whether the name is known or not. */
  verify(username: string, password: string): Promise<UserView | null>;
  /**
   * Makes the first administrator when there is no user at all. Answers the password that was made up, if none was given; null when
   * there is nothing to tell. Of many processes that start side by side one makes it, and knows its password.
   */
  ensureFirstAdministrator(first: { username: string; password?: string | undefined }): Promise<string | null>;
}

export interface UserStoreOptions {
  readonly database: Pick<Database, 'prisma'>;
  readonly now: () => Date;
  readonly random?: RandomBytes;
}

const lastAdministrator: UserConflict = { conflict: 'last-administrator' };
const shown = { id: true, username: true, role: true } as const;

export function createUserStore({ database: { prisma }, now, random = randomBytes }: UserStoreOptions): UserStore {
  return {
    async list({ limit, after }) {
      const select = { ...shown, createdAt: true };
      const rows = await prisma.user.findMany({
        where: madeBefore(after),
        select,
        orderBy: newestFirst,
        take: limit + 1,
      });
      const { items, next } = pageOf(rows, limit, positionByCreation);
      return { items: items.map(({ id, username, role }) => ({ id, username, role })), next };
    },
    findUser: (id) => prisma.user.findUnique({ where: { id }, select: shown }),
    async create({ username, password, role }, actor) {
      const data = { id: randomUUID(), username, role, passwordHash: await hashPassword(password) };
      return unlessTaken(() =>
        prisma.$transaction(async (tx) => {
          const user = await tx.user.create({ data, select: shown });
          await appendLog(tx, { actor, action: 'user.created', detail: { user: user.id, username, role } });
          return user;
        }),
      );
    },
    async patch(id, { username, password, role }, actor) {
      const data = {
        ...(username !== undefined && { username }),
        ...(role !== undefined && { role }),
        ...(password !== undefined && { passwordHash: await hashPassword(password) }),
        updatedAt: now(),
      };
      return unlessTaken(() =>
        prisma.$transaction(async (tx) => {
          const others = await lockOtherAdministrators(tx, id);
          const current = await tx.user.findUnique({ where: { id }, select: shown });
          if (current === null) return null;
          const stepsDown = current.role === 'admin' && role !== undefined && role !== 'admin';
          if (stepsDown && others === 0) return lastAdministrator;
          const user = await tx.user.update({ where: { id }, data, select: shown });
          const detail = { user: id, username: user.username, role: user.role, password: password !== undefined };
          await appendLog(tx, { actor, action: 'user.changed', detail });
          return user;
        }),
      );
    },
    remove(id, actor) {
      return prisma.$transaction(async (tx) => {
        const others = await lockOtherAdministrators(tx, id);
        const current = await tx.user.findUnique({ where: { id }, select: shown });
        if (current === null) return null;
        if (current.role === 'admin' && others === 0) return lastAdministrator;
        await tx.user.delete({ where: { id }, select: { id: true } });
        await appendLog(tx, { actor, action: 'user.deleted', detail: { user: id, username: current.username } });
        return 'removed';
      });
    },
    async verify(username, password) {
      const user = await prisma.user.findUnique({ where: { username } });
      const matches = await verifyPassword(password, user?.passwordHash ?? null);
      return matches && user !== null ? { id: user.id, username: user.username, role: user.role } : null;
    },
    async ensureFirstAdministrator({ username, password }) {
      // Looked at first, so that a start does not pay for a hash that nobody needs.
      if ((await prisma.user.findFirst({ select: { id: true } })) !== null) return null;
      const chosen = password ?? makePassword(random);
      const hashed = await hashPassword(chosen);
      const made = await prisma.$transaction(async (tx) => {
        await tx.$executeRaw`SELECT pg_advisory_xact_lock(${FIRST_USER_LOCK})`;
        if ((await tx.user.findFirst({ select: { id: true } })) !== null) return false;
        await tx.user.create({ data: { id: randomUUID(), username, role: 'admin', passwordHash: hashed } });
        await appendLog(tx, { actor: 'system', action: 'user.created', detail: { username, role: 'admin' } });
        return true;
      });
      return made && password === undefined ? chosen : null;
    },
  };
}

/** Held while the first user is made; the number is arbitrary but for being ours. */
const FIRST_USER_LOCK = 7_204_115_333;

/** Counts the administrators but one, and keeps every one of them as it is until this transaction ends. */
async function lockOtherAdministrators(tx: Prisma.TransactionClient, id: string): Promise<number> {
  const admins = await tx.$queryRaw<
    { id: string }[]
  >`SELECT id FROM "user" WHERE role = 'admin' ORDER BY id FOR UPDATE`;
  return admins.filter((admin) => admin.id !== id).length;
}

async function unlessTaken<Result>(write: () => Promise<Result>): Promise<Result | UserConflict> {
  try {
    return await write();
  } catch (error) {
    if (isUniqueViolation(error)) return { conflict: 'username-taken' };
    throw error;
  }
}
