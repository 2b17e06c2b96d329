/** Answers questions from memory while the answers are young. */
export interface Remember<Answer> {
  get(question: string): Promise<Answer | null>;
  /** Answers nothing any more that was found, or begun to be looked for, before this call. */
  forget(): void;
}

export interface RememberOptions<Answer> {
  /** Finds the answer; null when there is none, which is not remembered: what is made now must be found now. */
  find(question: string): Promise<Answer | null>;
  /** Milliseconds since any fixed moment. */
  now(): number;
  /** Seconds that an answer is believed. */
  seconds: number;
  /** Most answers kept; above it the oldest goes. */
  most: number;
}

export function createRemember<Answer>({ find, now, seconds, most }: RememberOptions<Answer>): Remember<Answer> {
  let answers = new Map<string, { answer: Answer; until: number }>();
  /** Questions asked at the same time share one look-up. */
  let asked = new Map<string, Promise<Answer | null>>();

  /** Keeps what it finds where it was asked: after `forget` nobody looks there. */
  async function look(question: string, kept: typeof answers, open: typeof asked): Promise<Answer | null> {
    try {
      const answer = await find(question);
      kept.delete(question);
      if (answer !== null) kept.set(question, { answer, until: now() + seconds * 1_000 });
      const oldest = kept.keys().next();
      if (kept.size > most && !oldest.done) kept.delete(oldest.value);
      return answer;
    } finally {
      open.delete(question);
    }
  }

  return {
    async get(question) {
      const known = answers.get(question);
      if (known !== undefined && known.until > now()) return known.answer;
      let looking = asked.get(question);
      if (looking === undefined) {
        looking = look(question, answers, asked);
        asked.set(question, looking);
      }
      return looking;
    },
    forget() {
      answers = new Map();
      asked = new Map();
    },
  };
}
