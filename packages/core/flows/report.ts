/** Tells of facts, each in one wide event (`attempt.finished`): ids first, no secrets, no payloads. What is told where is the process's business. */
export interface Report {
  debug(event: string, facts?: Facts): void;
  info(event: string, facts?: Facts): void;
  warn(event: string, facts?: Facts): void;
  error(event: string, facts?: Facts): void;
}

export type Facts = Readonly<Record<string, unknown>>;
