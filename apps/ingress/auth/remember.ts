/** Answers questions from memory while the answers are young. */
export interface Remember<Answer> {
  get(question: string): Promise<Answer | null>;
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
  const answers = new Map<string, { answer: Answer; until: number }>();
  /** Questions asked at the same time share one look-up. */
  const asked = new Map<string, Promise<Answer | null>>();

  function keep(question: string, answer: Answer): void {
    answers.delete(question);
    answers.set(question, { answer, until: now() + seconds * 1_000 });
    const oldest = answers.keys().next();
    if (answers.size > most && !oldest.done) answers.delete(oldest.value);
  }

  async function look(question: string): Promise<Answer | null> {
    try {
      const answer = await find(question);
      if (answer === null) answers.delete(question);
      else keep(question, answer);
      return answer;
    } finally {
      asked.delete(question);
    }
  }

  return {
    async get(question) {
      const known = answers.get(question);
      if (known !== undefined && known.until > now()) return known.answer;
      let looking = asked.get(question);
      if (looking === undefined) {
        looking = look(question);
        asked.set(question, looking);
      }
      return looking;
    },
  };
}
