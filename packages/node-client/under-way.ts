/** Counts what is under way, and tells when nothing is. */
export interface UnderWay {
  begin(): void;
  end(): void;
  /** Resolves when nothing is under way: at once, or then. */
  quiet(): Promise<void>;
}

export function createUnderWay(): UnderWay {
  let count = 0;
  let waiters: (() => void)[] = [];
  return {
    begin() {
      count += 1;
    },
    end() {
      count -= 1;
      if (count > 0) return;
      for (const tell of waiters) tell();
      waiters = [];
    },
    async quiet() {
      if (count > 0) await new Promise<void>((resolve) => waiters.push(resolve));
    },
  };
}
