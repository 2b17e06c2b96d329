import type { Servers } from '../machine/servers.ts';
import type { Size } from '../options.ts';

/** What is measured side by side: ours, the most that this machine could do, and the design without batches. */
export const DESIGNS = ['ours', 'ceiling', 'rowByRow'] as const;
export type Design = (typeof DESIGNS)[number];

/** One run of one design. */
export interface Measured {
  /** Messages or deliveries. */
  readonly perSecond: number;
  /** CPU µs for each of them, by process. NaN where the system does not tell. */
  readonly cpu: Readonly<Record<string, number>>;
}

/** A scenario that is set up and can be run again and again. */
export interface OpenScenario {
  readonly run: Readonly<Record<Design, (count: number) => Promise<Measured>>>;
  close(): Promise<void>;
}

export interface ScenarioOptions {
  readonly servers: Servers;
  readonly size: Size;
  /** The payload: JSON of about 1 kB. */
  readonly payload: Buffer;
  /** The folder for CPU profiles of our own processes; none are made without. */
  readonly profile?: string | undefined;
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
  open(options: ScenarioOptions): Promise<OpenScenario>;
}
