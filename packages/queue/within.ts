/** Waits for a promise, but no longer than so many ms; answers whether it resolved in time. A rejection in time is the caller's. */
export async function within(ms: number, promise: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  // One that fails after its time has nobody to tell.
  promise.catch(() => undefined);
  try {
    return await Promise.race([promise.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}
