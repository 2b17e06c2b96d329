import { execFile } from 'node:child_process';
import type { ServerUser } from './server-user.ts';

/** PostgreSQL's programs get nothing of our environment. C: we read what they say, so it must be English. */
export const PROGRAM_ENVIRONMENT = { LC_ALL: 'C', PATH: '/usr/local/bin:/usr/bin:/bin' };

/** Runs one of PostgreSQL's programs to its end and answers what it said. A program that can't be run at all answers code -1. */
export function runProgram(
  program: string,
  args: readonly string[],
  user: ServerUser | undefined,
): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    // Its folder: the one we stand in may be closed to the user.
    const options = { ...user, cwd: '/', env: PROGRAM_ENVIRONMENT };
    execFile(program, [...args], options, (error, stdout, stderr) => {
      const code = error ? (typeof error.code === 'number' ? error.code : -1) : 0;
      resolve({ code, output: `${stdout}${stderr}`.trim() || (error?.message ?? '') });
    });
  });
}
