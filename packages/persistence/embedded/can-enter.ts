import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { ServerUser } from './server-user.ts';

/** Whether a user may pass through a folder: the execute bit of the class that it falls in. */
export function mayPass(
  folder: { readonly mode: number; readonly uid: number; readonly gid: number },
  user: ServerUser,
): boolean {
  const { mode } = folder;
  if (folder.uid === user.uid) return (mode & 0o100) !== 0;
  if (folder.gid === user.gid) return (mode & 0o010) !== 0;
  return (mode & 0o001) !== 0;
}

/** Whether a user may reach what lies in `folder`, which exists: it and every folder above it let the user pass. */
export async function canEnter(folder: string, user: ServerUser | undefined): Promise<boolean> {
  if (!user) return true;
  for (let at = resolve(folder); ; at = dirname(at)) {
    if (!mayPass(await stat(at), user)) return false;
    if (at === dirname(at)) return true;
  }
}
