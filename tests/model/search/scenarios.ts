import * as fc from 'fast-check';
import type { Command } from '../world/ingress.ts';
import { FAULT_KINDS, NODES, type FaultKind, type Scenario } from '../world/world.ts';
import type { Temper } from './choosers.ts';

const nodes = Object.keys(NODES);

/** Every world begins with two messages for both nodes: one with nothing to deliver shows nothing. */
const BEGINNING: readonly Command[] = [
  { kind: 'accept', to: nodes },
  { kind: 'accept', to: nodes },
];

const node = fc.constantFrom(...nodes);

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 5, arbitrary: fc.subarray(nodes, { minLength: 1 }).map((to) => ({ kind: 'accept', to }) as const) },
  { weight: 2, arbitrary: fc.nat({ max: 4 }).map((nth) => ({ kind: 'cancel', nth }) as const) },
  {
    weight: 2,
    arbitrary: fc.boolean().map((includeDelivered) => ({ kind: 'replay', includeDelivered }) as const),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom('pause' as const, 'resume' as const, 'delete' as const, 'register' as const),
      node,
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'purge' } as const) },
);

const commands = fc.array(command, { maxLength: 6, size: 'max' }).map((more) => [...BEGINNING, ...more]);

export const calmScenario: fc.Arbitrary<Scenario> = fc.record({
  isCalm: fc.constant(true),
  isFailing: fc.boolean(),
  commands,
  faults: fc.constant([]),
  mostFaults: fc.constant(0),
});

/** Each world has some kinds of faults only, so that one kind does not drown the others. */
export const faultyScenario: fc.Arbitrary<Scenario> = scenarioWith(
  fc.subarray([...FAULT_KINDS], { minLength: 1 }),
  fc.boolean(),
);

export const freezingScenario: fc.Arbitrary<Scenario> = scenarioWith(fc.constant(['freeze']), fc.boolean());

/** Workers are killed again and again, for a lane to lose more than one of its leases in a row. */
export const killingScenario: fc.Arbitrary<Scenario> = scenarioWith(fc.constant(['kill']), fc.boolean(), {
  min: 4,
  max: 8,
});

/** Workers freeze, and nodes fail: what comes late is a failure. */
export const lateFailureScenario: fc.Arbitrary<Scenario> = scenarioWith(fc.constant(['freeze']), fc.constant(true));

function scenarioWith(
  faults: fc.Arbitrary<FaultKind[]>,
  isFailing: fc.Arbitrary<boolean>,
  count = { min: 1, max: 4 },
): fc.Arbitrary<Scenario> {
  const mostFaults = fc.integer(count);
  return fc.record({ isCalm: fc.constant(false), isFailing, commands, faults, mostFaults });
}

/** How eventful it is. */
export const temper: fc.Arbitrary<Temper> = fc.constantFrom(
  { turns: 6, time: 4, faults: 4 },
  { turns: 15, time: 10, faults: 10 },
  { turns: 5, time: 25, faults: 10 },
  { turns: 10, time: 15, faults: 30 },
);

/** What is decided, turn by turn. */
export const numbers = fc.array(fc.nat({ max: 9_999 }), { maxLength: 120, size: 'max' });
