// Loaded into a process of the fleet before anything else (--import): the clock on its wall is wrong by `CLOCK_OFFSET` seconds, and
// jumps by `CLOCK_JUMP` more at SIGUSR2. What only measures distances (performance.now, timers) is right.
const RealDate = Date;
const { CLOCK_OFFSET = '0', CLOCK_JUMP = '0' } = process.env;
let offset = Number(CLOCK_OFFSET) * 1_000;

process.on('SIGUSR2', () => {
  offset += Number(CLOCK_JUMP) * 1_000;
});

const now = () => RealDate.now() + offset;

globalThis.Date = new Proxy(RealDate, {
  construct: (target, values: [], newTarget) =>
    Reflect.construct(target, values.length === 0 ? [now()] : values, newTarget) as Date,
  apply: () => new RealDate(now()).toString(),
  get: (target, key, receiver) => (key === 'now' ? now : (Reflect.get(target, key, receiver) as unknown)),
});
