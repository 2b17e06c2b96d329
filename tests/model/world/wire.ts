/** One thing that can happen next in a world. */
export interface Step {
  readonly name: string;
  run(): void | Promise<void>;
}

/** What a request reaches, and so what can be cut off. */
export type Target = 'database' | 'queue';

export interface Request<Result> {
  readonly from: string;
  readonly to: Target;
  readonly name: string;
  /** What it does, at one moment between being sent and being answered. `sentAt`: ms. */
  effect(sentAt: number): Result | Promise<Result>;
  /** Told what it did, at the moment that it did it. */
  after?(result: Result): void | Promise<void>;
}

/** The connection broke: what the request did is unknown to who sent it. */
export class Cut extends Error {}

interface Flight {
  readonly from: string;
  readonly to: Target;
  readonly name: string;
  phase: 'sent' | 'done';
  /** Its sender died. */
  ghost: boolean;
  act(): Promise<void>;
  answer(): void;
  fail(): void;
}

/**
 * Requests between the parts of a world. Each takes effect in one step and is answered in a later one, so that everything else can
 * happen before, between and after.
 */
export interface Wire {
  send<Result>(request: Request<Result>): Promise<Result>;
  /** The next step of each request under way, oldest first, but of the senders that stand still. */
  steps(isStill: (from: string) => boolean): Step[];
  /** Names of those that still want an answer. */
  underWay(): string[];
  /** Breaks a sender's connections: each request fails, whether or not it has had its effect. */
  cut(from: string, to: Target): void;
  /** The sender is dead. What it sent and has not had its effect may still have it, or be lost with it. */
  bury(from: string, fate: 'lands' | 'lost'): void;
}

export function createWire(now: () => number): Wire {
  let flights: Flight[] = [];
  const without = (flight: Flight) => {
    flights = flights.filter((other) => other !== flight);
  };

  function nextStepOf(flight: Flight): Step {
    const name = `${flight.from}: ${flight.name}`;
    // The step is over when the database has answered.
    if (flight.phase === 'sent') return { name, run: async () => flight.act() };
    const run = () => {
      without(flight);
      flight.answer();
    };
    return { name: `${name} is answered`, run };
  }

  return {
    send: (request) =>
      new Promise((resolve, reject) => {
        const sentAt = now();
        const { from, to, name } = request;
        const flight: Flight = {
          from,
          to,
          name,
          phase: 'sent',
          ghost: false,
          async act() {
            const result = await request.effect(sentAt);
            await request.after?.(result);
            flight.phase = 'done';
            flight.answer = () => resolve(result);
            if (flight.ghost) without(flight);
          },
          answer: () => undefined,
          fail: () => reject(new Cut(`${from} lost its connection to the ${to}`)),
        };
        flights.push(flight);
      }),
    steps: (isStill) => flights.filter(({ from, ghost }) => ghost || !isStill(from)).map(nextStepOf),
    underWay: () => flights.filter(({ ghost }) => !ghost).map(({ from, name }) => `${from}: ${name}`),
    cut(from, to) {
      for (const flight of flights.filter((one) => one.from === from && one.to === to && !one.ghost)) {
        without(flight);
        flight.fail();
      }
    },
    bury(from, fate) {
      const own = flights.filter((flight) => flight.from === from);
      for (const flight of own) {
        flight.ghost = true;
        if (fate === 'lost' || flight.phase === 'done') without(flight);
      }
    },
  };
}
