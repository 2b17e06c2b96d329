import type { DeliveryPolicy, Report } from '#core';
import { Judge } from '../judge/judge.ts';
import type { Clock, NodeState, Store } from '../store/store.ts';
import { createIngress, type Command, type Ingress } from './ingress.ts';
import { createLaneJobs, type LaneJobs } from './lane-jobs.ts';
import type { Breakage } from './breakage.ts';
import { createWire, type Step, type Wire } from './wire.ts';
import { createWorker, type Surroundings, type Worker } from './worker.ts';

/** One node of each ordering. */
export const NODES = {
  customs: { ordering: 'none', paused: false },
  carrier: { ordering: 'fifo', paused: false },
} as const satisfies Readonly<Record<string, NodeState>>;

const POLICY: DeliveryPolicy = {
  batch: 2,
  timeout: 30,
  concurrency: 2,
  retry: { delay: { fixed: 60, progressive: 30 }, max: 2 },
};

const WORKERS = ['one', 'two'];
/** Longer than a lease and than a job's lock, ms. */
const LONG = 31_000;

export const FAULT_KINDS = ['kill', 'freeze', 'cut', 'flush'] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export interface Scenario {
  /** Nothing crashes, freezes, breaks or is lost, and there is no sweep. */
  readonly isCalm: boolean;
  readonly commands: readonly Command[];
  /** The kinds of faults, and how many there are at most. */
  readonly faults: readonly FaultKind[];
  readonly mostFaults: number;
  /** The nodes answer with errors until the end, when they are well again. */
  readonly isFailing?: boolean;
}

/** What can happen next. The first of `progress` is what happens when nobody interferes. */
export interface Possible {
  progress(): readonly Step[];
  /** Other ends of attempts, a command that comes early, graceful restarts. */
  turns(): readonly Step[];
  time(): readonly Step[];
  faults(): readonly Step[];
}

export interface World {
  readonly judge: Judge;
  possible(): Possible;
  take(step: Step): Promise<void>;
  /** Ends all faults, lets everything end fairly, and judges that nothing is left undone. */
  settle(): Promise<void>;
}

/** What each step takes, ms: no clock stands still. */
const STEP = 1;
/** How late a lane may come for what falls due, ms. */
const MOST_LATE = 1_000;

const silent: Report = { debug: ignore, info: ignore, warn: ignore, error: ignore };
function ignore(): void {
  // Nobody reads the reports of a hundred thousand interleavings.
}

/** Steps at one instant after which everything is taken to run in circles. */
const MOST_STEPS = 400;
/** Instants within which everything must be done once the faults have ended. */
const MOST_INSTANTS = 60;

export async function createWorld(
  scenario: Scenario,
  openStore: (clock: Clock) => Store | Promise<Store>,
  breakage: Breakage = {},
): Promise<World> {
  const clock: Clock = { now: 1_000_000 };
  const opened = await openStore(clock);
  for (const [id, node] of Object.entries(NODES)) await opened.putNode(id, node);
  const store = breakage.store?.(opened, clock) ?? opened;
  const jobs = createLaneJobs(clock);
  const most = { attempts: POLICY.retry.max, concurrency: POLICY.concurrency };
  const judge = new Judge({ clock, isCalm: scenario.isCalm, most, rows: () => opened.rows() });
  const wire = createWire(() => clock.now);
  const ids = createIds();
  const surroundings: Surroundings = {
    clock,
    store,
    jobs: breakage.jobs?.(jobs) ?? jobs,
    wire,
    judge,
    policy: POLICY,
    report: silent,
    newToken: () => ids.next('4'),
    breakage,
  };
  return new Fleet(scenario, surroundings, () => ids.next('7'));
}

/** UUIDs that count up, of one version. */
function createIds() {
  let last = 0;
  return {
    next(version: '4' | '7') {
      last += 1;
      return `00000000-0000-${version}000-8000-${String(last).padStart(12, '0')}`;
    },
  };
}

class Fleet implements World {
  readonly judge: Judge;
  readonly #scenario: Scenario;
  readonly #around: Surroundings;
  readonly #nextMessageId: () => string;
  readonly #clock: Clock;
  readonly #wire: Wire;
  readonly #jobs: LaneJobs;
  #workers: Worker[];
  #ingress: Ingress;
  #commands: Command[];
  #faultsLeft: number;
  #isFailing: boolean;
  #restartsLeft = 2;
  #sweepsLeft = 2;
  #incarnations = 0;

  constructor(scenario: Scenario, around: Surroundings, nextMessageId: () => string) {
    this.#scenario = scenario;
    this.#around = around;
    this.#nextMessageId = nextMessageId;
    this.judge = around.judge;
    this.#clock = around.clock;
    this.#wire = around.wire;
    this.#jobs = around.jobs;
    this.#commands = [...scenario.commands];
    this.#faultsLeft = scenario.isCalm ? 0 : scenario.mostFaults;
    this.#isFailing = scenario.isFailing ?? false;
    this.#workers = WORKERS.map((name) => createWorker(name, around));
    this.#ingress = this.#openIngress('ingress');
  }

  /** Looked at only when it is asked for: most turns want one kind of thing. */
  possible(): Possible {
    return {
      progress: () => this.#progress(),
      turns: () => this.#turns(),
      time: () => this.#time(),
      faults: () => this.#faults(),
    };
  }

  async take(step: Step): Promise<void> {
    await step.run();
    this.#clock.now += STEP;
    await passOn();
    for (const difference of this.#around.store.differences?.() ?? []) this.judge.finds(difference);
    this.#workers = this.#workers.filter((worker) => !worker.isGone());
  }

  async settle(): Promise<void> {
    await this.#heal();
    for (let instant = 0; instant < MOST_INSTANTS; instant += 1) {
      await this.#runDry();
      if (this.judge.findings.length > 0) return;
      if (this.#scenario.isCalm) this.#judgeCalm();
      if (this.#undone().length === 0) return;
      if (!(await this.#goOn())) break;
    }
    this.judge.finds(`left undone: ${this.#undone().join(', ')}`);
  }

  #openIngress(name: string): Ingress {
    return createIngress(name, { ...this.#around, nodes: NODES, nextMessageId: this.#nextMessageId });
  }

  #awake(): Worker[] {
    return this.#workers.filter(({ isFrozen }) => !isFrozen);
  }

  #progress(): Step[] {
    const still = new Set(this.#workers.filter(({ isFrozen }) => isFrozen).map(({ name }) => name));
    const steps = [
      ...this.#wire.steps((from) => still.has(from)),
      ...this.#awake().flatMap((worker) => worker.answers(this.#isFailing)),
      ...this.#queueSteps(),
    ];
    return steps.length > 0 ? steps : this.#nextCommand();
  }

  #queueSteps(): Step[] {
    const job = this.#jobs.next();
    const takers = job === undefined ? [] : this.#awake().filter((worker) => worker.canTake());
    const takes = takers.map((worker) => ({
      name: `${worker.name} takes the job of ${job?.nodeId}`,
      run: () => job && worker.take(job),
    }));
    const returns = this.#jobs.stalled().map((stalled) => ({
      name: `the stalled job of ${stalled.nodeId} goes back`,
      run: () => this.#jobs.giveBack(stalled),
    }));
    return [...takes, ...returns];
  }

  #nextCommand(): Step[] {
    const [command] = this.#commands;
    if (command === undefined) return [];
    const run = () => {
      this.#commands.shift();
      this.#ingress.obey(command);
    };
    return [{ name: `asked to ${JSON.stringify(command)}`, run }];
  }

  #turns(): Step[] {
    const restarts = this.#restartsLeft === 0 ? [] : this.#workers.filter((worker) => !worker.isStopping);
    return [
      ...this.#nextCommand(),
      ...this.#awake().flatMap((worker) => worker.otherAnswers(this.#isFailing)),
      ...restarts.map((worker) => ({
        name: `${worker.name} is told to stop`,
        run: () => {
          this.#restartsLeft -= 1;
          worker.stop();
          this.#replace(worker.name);
        },
      })),
    ];
  }

  /** While nothing breaks, statements take no time; else they may take any. */
  #time(): Step[] {
    if (this.#scenario.isCalm && this.#wire.underWay().length > 0) return [];
    const next = this.#nextEvent();
    const isSomeoneFrozen = this.#workers.some(({ isFrozen }) => isFrozen);
    // A freeze is mostly interesting when it outlasts the lease.
    const long = isSomeoneFrozen ? [LONG, LONG, LONG] : [LONG];
    const spans = [1_000, ...(next === undefined ? [] : [next - this.#clock.now]), ...long];
    return spans.map((span) => ({ name: `${span} ms pass`, run: () => this.#pass(span) }));
  }

  #nextEvent(): number | undefined {
    const events = [this.#jobs.nextDue() ?? Infinity, ...this.#workers.map((worker) => worker.nextDeadline())];
    const next = Math.min(...events.filter((at) => at > this.#clock.now));
    return Number.isFinite(next) ? next : undefined;
  }

  async #pass(span: number): Promise<void> {
    if (this.#scenario.isCalm) this.#judgeCalm();
    const end = this.#clock.now + span;
    for (;;) {
      const next = Math.min(...this.#awake().map((worker) => worker.nextTimer()));
      if (next > end) break;
      this.#clock.now = Math.max(next, this.#clock.now);
      this.#awake().forEach((worker) => worker.ring());
      await passOn();
      if (this.#scenario.isCalm) await this.#answerAll();
    }
    this.#clock.now = end;
  }

  /** Renewals are made in time while nothing breaks. */
  async #answerAll(): Promise<void> {
    for (let steps = this.#wire.steps(() => false); steps[0] !== undefined; steps = this.#wire.steps(() => false)) {
      await this.take(steps[0]);
    }
  }

  #faults(): Step[] {
    const thaws = this.#workers
      .filter(({ isFrozen }) => isFrozen)
      .map((worker) => ({ name: `${worker.name} goes on`, run: () => this.#thaw(worker) }));
    if (this.#scenario.isCalm) return [];
    const sweeps = this.#sweepsLeft === 0 ? [] : this.#awake().map((worker) => this.#sweepBy(worker));
    if (this.#faultsLeft === 0) return [...thaws, ...sweeps];
    const faults = this.#scenario.faults.flatMap((kind) => this.#faultsOfKind(kind));
    return [...thaws, ...sweeps, ...faults.map((fault) => this.#counted(fault))];
  }

  #sweepBy(worker: Worker): Step {
    return {
      name: `${worker.name} sweeps`,
      run: () => {
        this.#sweepsLeft -= 1;
        worker.sweep();
      },
    };
  }

  #faultsOfKind(kind: FaultKind): Step[] {
    const busy = this.#workers.filter((worker) => worker.isBusy());
    switch (kind) {
      case 'kill':
        return [...busy.flatMap((worker) => this.#killsOf(worker)), ...this.#killsOfIngress()];
      case 'freeze':
        return busy
          .filter(({ isFrozen }) => !isFrozen)
          .map((worker) => ({ name: `${worker.name} is frozen`, run: () => freeze(worker) }));
      case 'cut':
        return [...busy, this.#ingress].flatMap(({ name }) => [
          { name: `${name} loses its connections to the database`, run: () => this.#wire.cut(name, 'database') },
          { name: `${name} loses its connection to the queue`, run: () => this.#wire.cut(name, 'queue') },
        ]);
      case 'flush':
        return [{ name: 'the queue is emptied', run: () => this.#jobs.flush() }];
    }
  }

  #counted({ name, run }: Step): Step {
    return {
      name,
      run: () => {
        this.#faultsLeft -= 1;
        return run();
      },
    };
  }

  #killsOf(worker: Worker): Step[] {
    return [
      { name: `${worker.name} is killed`, run: () => this.#kill(worker, 'lost') },
      { name: `${worker.name} is killed, its statements land`, run: () => this.#kill(worker, 'lands') },
    ];
  }

  #killsOfIngress(): Step[] {
    return [
      { name: 'ingress is killed', run: () => this.#killIngress('lost') },
      { name: 'ingress is killed, its statements land', run: () => this.#killIngress('lands') },
    ];
  }

  #thaw(worker: Worker): void {
    worker.isFrozen = false;
    worker.ring();
  }

  #kill(worker: Worker, fate: 'lands' | 'lost'): void {
    this.#wire.bury(worker.name, fate);
    this.#workers = this.#workers.filter((other) => other !== worker);
    worker.die();
    if (!worker.isStopping) this.#replace(worker.name);
  }

  #replace(name: string): void {
    this.#incarnations += 1;
    this.#workers.push(createWorker(`${name.split(' ')[0]} ${this.#incarnations}`, this.#around));
  }

  #killIngress(fate: 'lands' | 'lost'): void {
    this.#wire.bury(this.#ingress.name, fate);
    this.#ingress = this.#openIngress('ingress');
  }

  /** The end: every fault is over, and every node is well and wants its deliveries. */
  async #heal(): Promise<void> {
    this.#faultsLeft = 0;
    this.#isFailing = false;
    await this.#thawAll();
    await this.#runDry();
    const paused = this.judge.rows.nodes.filter((node) => node.paused);
    this.#commands = paused.map(({ id }) => ({ kind: 'resume', node: id }));
    await this.#runDry();
  }

  /** Those that are frozen come back when others have done their work. */
  async #thawAll(): Promise<void> {
    const frozen = this.#workers.filter(({ isFrozen }) => isFrozen);
    if (frozen.length === 0) return;
    if (this.#awake().length > 0) await this.#pass(LONG);
    await this.#runDry();
    frozen.forEach((worker) => this.#thaw(worker));
    await passOn();
  }

  /** What happens at this instant when nobody interferes, to its end. */
  async #runDry(): Promise<void> {
    for (let steps = 0; steps < MOST_STEPS; steps += 1) {
      const [step] = this.#progress();
      if (step === undefined || this.judge.findings.length > 0) return;
      await this.take(step);
    }
    this.judge.finds('runs in circles');
  }

  /** Lets time pass to the next event; with a sweep, where there is one. Answers whether there was anything to wait for. */
  async #goOn(): Promise<boolean> {
    const next = this.#nextEvent();
    if (this.#scenario.isCalm) {
      if (next !== undefined) await this.#pass(next - this.#clock.now);
      return next !== undefined;
    }
    await this.#pass(LONG);
    if (this.#around.breakage.sweeps !== false) this.#awake()[0]?.sweep();
    await passOn();
    return true;
  }

  #undone(): string[] {
    return this.judge.rows.deliveries.flatMap(({ id, nodeId, state }) =>
      state === 'pending' ? [`${id} for ${nodeId}`] : [],
    );
  }

  /** While nothing breaks, whatever is pending has a lane that is at work, or comes for it when it falls due. */
  #judgeCalm(): void {
    const nodeIds = new Set(this.judge.rows.deliveries.map(({ nodeId }) => nodeId));
    for (const nodeId of nodeIds) {
      const due = this.#nextDue(nodeId);
      if (due === null || this.judge.isSuspect(nodeId)) continue;
      const job = this.#jobs.of(nodeId);
      const comes = job === undefined ? Infinity : job.dueAt;
      if (comes > due + MOST_LATE) this.judge.finds(`${nodeId}: due at ${due}, but its lane comes at ${comes}`);
    }
  }

  /** When a lane should next be at work, now at the earliest; null: it has no reason to. */
  #nextDue(nodeId: string): number | null {
    const { nodes, deliveries } = this.judge.rows;
    const node = nodes.find(({ id }) => id === nodeId);
    const pending = deliveries.filter((row) => row.nodeId === nodeId && row.state === 'pending');
    if (pending.length === 0 || node?.paused === true) return null;
    const inTurn = node?.ordering === 'fifo' ? pending.slice(0, 1) : pending;
    return Math.max(Math.min(...inTurn.map(({ dueAt }) => dueAt ?? Infinity)), this.#clock.now);
  }
}

function freeze(worker: Worker): void {
  worker.isFrozen = true;
}

/** Lets everything that was just answered run on until it waits again; the waker waits for a later turn of the event loop. */
async function passOn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
}
