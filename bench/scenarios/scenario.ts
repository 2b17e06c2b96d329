import type { Counts } from '../machine/counters.ts';
import type { Servers } from '../machine/servers.ts';
import type { Size } from '../options.ts';

/**
 * What is measured side by side: ours, what it is compared with (the most that this machine could do, or ours without the burden that the
 * scenario is about), and, where it says something, the design without batches.
 */
export const DESIGNS = ['ours', 'ceiling', 'rowByRow'] as const;
export type Design = (typeof DESIGNS)[number];

/** One run of one design. */
export interface Measured {
  /** Messages or deliveries. */
  readonly perSecond: number;
  /** CPU µs for each of them, by process. NaN where the system does not tell. */
  readonly cpu: Readonly<Record<string, number>>;
  /** The most bytes that any one process of a name has held since it began. */
  readonly memory: Readonly<Record<string, number>>;
  /** What the servers did for each of them. */
  readonly counts: Counts;
  /** What else was seen, by name. */
  readonly also?: Readonly<Record<string, number>>;
}

export type Run = (count: number) => Promise<Measured>;

/** A scenario that is set up and can be run again and again. */
export interface OpenScenario {
  readonly run: { readonly ours: Run; readonly ceiling: Run; readonly rowByRow?: Run };
  close(): Promise<void>;
}

export interface ScenarioOptions {
  readonly servers: Servers;
  readonly size: Size;
  /** The payload: JSON of about 1 kB. */
  readonly payload: Buffer;
  /** The folder for CPU profiles of our own processes; none are made without. */
  readonly profile?: string | undefined;
  /** Deliveries in a store that has been at work for weeks. */
  readonly held: number;
}

/** What the issue asks for. */
export interface Aims {
  /** Ours to the ceiling. */
  readonly ratio?: number;
  /** Ours to row by row. */
  readonly times?: number;
  readonly perSecond?: number;
}

export interface Scenario {
  readonly name: string;
  /** What the ceiling is here. */
  readonly ceiling: string;
  readonly aims: Aims;
  /** Times the usual number of messages or deliveries of ours and the ceiling: 1 unless told. */
  readonly scale?: number;
  open(options: ScenarioOptions): Promise<OpenScenario>;
}
