import { spawn } from 'node:child_process';

/**
 * Ends a test server and removes its folder when this process is gone, however it went. Answers how to take the leash off once the
 * server has been stopped.
 */
export function leash(pid: number, folder: string): () => void {
  return afterUs('kill -KILL "$0" 2>/dev/null; sleep 1; rm -rf "$1"', String(pid), folder);
}

/**
 * Runs a shell's script when this process is gone, however it went: the shell waits for the end of its input, which the operating system
 * closes with us. Answers how to call it off.
 */
export function afterUs(script: string, ...args: readonly string[]): () => void {
  const shell = spawn('sh', ['-c', `cat >/dev/null; ${script}`, ...args], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  shell.unref();
  (shell.stdin as unknown as { unref?(): void }).unref?.();
  let isOn = true;
  return () => {
    if (isOn && shell.pid !== undefined) process.kill(-shell.pid, 'SIGKILL');
    isOn = false;
  };
}
