import type { Result } from '../report/result.ts';
import { predictMachine, type Costs } from './predict.ts';

/** What the model says of a fleet on the machine that was measured, beside what was measured. */
export interface Check {
  readonly workers: number;
  readonly predicted: number;
  readonly measured: number;
  /** Predicted to measured, less 1. */
  readonly off: number;
}

/** How far off the issue lets it be. */
export const CHECK_AIM = 0.2;

/** Predicts the points of 1, 2 and 4 workers from the costs of `drain-20` alone, measured in the same run. */
export function checkModel(results: readonly Result[], cores: number): readonly Check[] {
  const base = results.find(({ scenario }) => scenario === 'drain-20');
  if (base === undefined) return [];
  const { ours } = base.designs;
  const busy = Math.min(1, (ours.perSecond.median * sum(ours.cpu)) / (cores * 1e6));
  return results.flatMap(({ scenario, designs }) => {
    const workers = Number(/^workers-(\d+)$/.exec(scenario)?.[1] ?? NaN);
    if (Number.isNaN(workers)) return [];
    const predicted = predictMachine({ cores, workers }, { cpu: ours.cpu, busy });
    const measured = designs.ours.perSecond.median;
    return [{ workers, predicted, measured, off: predicted / measured - 1 }];
  });
}

/** Costs of a message to one node, its intake by itself; null where not all of it was measured. */
export function costsOf(results: readonly Result[]): Costs | null {
  const cpuOf = (name: string) => results.find(({ scenario }) => scenario === name)?.designs.ours.cpu;
  const [intake, delivery] = [cpuOf('intake-single'), cpuOf('drain-20')];
  if (intake === undefined || delivery === undefined) return null;
  const part = (cpu: Readonly<Record<string, number>>, name: string) => cpu[name] ?? 0;
  return {
    intake: { ingress: part(intake, 'ingress'), postgres: part(intake, 'postgres'), redis: part(intake, 'redis') },
    delivery: {
      worker: part(delivery, 'worker'),
      postgres: part(delivery, 'postgres'),
      redis: part(delivery, 'redis'),
    },
  };
}

function sum(values: Readonly<Record<string, number>>): number {
  return Object.values(values).reduce((total, one) => total + one, 0);
}
