/** Whether this is `npm run test:faults`, which takes its time: faults last as long as the table of faults says. */
const isFull = process.env['FAULTS'] === 'full';

/** One length for `npm run test:faults`, and a shorter one for the selection that `npm test` runs. */
export function inFull<Value>(full: Value, short: Value): Value {
  return isFull ? full : short;
}
