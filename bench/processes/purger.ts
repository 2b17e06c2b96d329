import { createPurgeStore, openDatabase } from '#persistence';
import { answerCalls } from '../machine/answer-calls.ts';

/** Purges as a worker does, in a process of its own, which can be ended half-way. */
export interface Purger {
  /** Begins; answers at once. */
  begin(options: { readonly databaseUrl: string }): Promise<void>;
  /** Whether there was nothing left to purge. */
  isOver(): Promise<boolean>;
}

/** Seconds, as by default: a week, and a month. */
const AGES = { delivered: 604_800, frozen: 2_592_000, log: 2_592_000 };

let over = false;

answerCalls<Purger>({
  async begin({ databaseUrl }) {
    const database = openDatabase({ url: databaseUrl, connections: 2, onError: () => undefined });
    void createPurgeStore(database)
      .purge(AGES)
      .then(() => (over = true));
  },
  isOver: async () => over,
});
