import { poisson, seededRandom } from './random.ts';

const DAY = 86_400;

export interface DaySimulation {
  readonly seed: number;
  readonly partitions: number;
  /** Messages to one node each, in the whole day. */
  readonly messages: number;
  /** The busiest moment's rate to the average one. */
  readonly peak: number;
  /** Deliveries a second that one partition can do. */
  readonly capacity: number;
  /** One partition falls out at the busiest moment, for so many seconds. */
  readonly outage: number;
}

export interface DayOutcome {
  readonly accepted: number;
  readonly delivered: number;
  /** A second, over all partitions. */
  readonly busiest: number;
  /** The most that waited at a time in one partition, of those that stayed and of the one that fell out. */
  readonly backlog: { readonly steady: number; readonly outage: number };
  /** Seconds from the return of the partition that fell out until nothing waited. */
  readonly recovered: number;
}

/** A day in steps of a second: its rate swings around the average once, with the peak in the middle of the day. */
export function simulateDay({ seed, partitions, messages, peak, capacity, outage }: DaySimulation): DayOutcome {
  const random = seededRandom(seed);
  const backlogs = Array.from({ length: partitions }, () => 0);
  const most = backlogs.map(() => 0);
  let [accepted, delivered, busiest, emptyAt] = [0, 0, 0, DAY];
  const returns = DAY / 2 + outage;
  for (let second = 0; second < DAY; second += 1) {
    const swing = 1 - (peak - 1) * Math.cos((2 * Math.PI * second) / DAY);
    let arrived = 0;
    for (let i = 0; i < partitions; i += 1) {
      const isOut = i === 0 && second >= DAY / 2 && second < returns;
      const more = poisson(random, (messages / DAY / partitions) * swing);
      const waiting = (backlogs[i] ?? 0) + more;
      const done = isOut ? 0 : Math.min(waiting, capacity);
      backlogs[i] = waiting - done;
      most[i] = Math.max(most[i] ?? 0, backlogs[i] ?? 0);
      arrived += more;
      delivered += done;
    }
    accepted += arrived;
    busiest = Math.max(busiest, arrived);
    if (second >= returns && backlogs[0] === 0) emptyAt = Math.min(emptyAt, second);
  }
  return {
    accepted,
    delivered,
    busiest,
    backlog: { steady: Math.max(0, ...most.slice(1)), outage: most[0] ?? 0 },
    recovered: emptyAt - returns,
  };
}
