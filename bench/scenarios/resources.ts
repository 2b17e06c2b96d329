/** What was opened, to be closed in reverse. */
export interface Resources {
  onClose(close: () => Promise<unknown>): void;
  close(): Promise<void>;
}

/** Opens something out of several parts: when one of them can't be opened, those before are closed. */
export async function withResources<Opened>(open: (resources: Resources) => Promise<Opened>): Promise<Opened> {
  const closers: (() => Promise<unknown>)[] = [];
  const resources: Resources = {
    onClose: (close) => void closers.push(close),
    async close() {
      for (const close of closers.splice(0).toReversed()) await close();
    },
  };
  try {
    return await open(resources);
  } catch (error) {
    await resources.close();
    throw error;
  }
}
