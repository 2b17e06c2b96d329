import type { Standing } from '#client';
import { useClock } from '../live/use-clock.ts';
import { count } from '../words/numbers.ts';

const HOURS = 24;
const HOUR = 3_600_000;
const MINUTE = 60_000;
const HEIGHT = 22;
const WIDTH = 4;

/** Attempts of the last 24 hours: what succeeded below, what failed on top of it. */
export function Sparkline({ day }: { readonly day: Standing['day'] }) {
  const last = Math.floor(useClock(MINUTE) / HOUR) * HOUR;
  const hours = Array.from({ length: HOURS }, (_, i) => {
    const at = last - (HOURS - 1 - i) * HOUR;
    return day.find((hour) => Date.parse(hour.at) === at) ?? { at: String(at), delivered: 0, failed: 0 };
  });
  const most = Math.max(1, ...hours.map(({ delivered, failed }) => delivered + failed));
  const sum = (kind: 'delivered' | 'failed') => hours.reduce((total, hour) => total + hour[kind], 0);
  const words = `${count(sum('delivered'))} delivered, ${count(sum('failed'))} failed in 24 hours`;
  return (
    <svg
      className="sparkline"
      viewBox={`0 0 ${HOURS * WIDTH} ${HEIGHT}`}
      width={HOURS * WIDTH}
      height={HEIGHT}
      role="img"
      aria-label={words}
    >
      <title>{words}</title>
      {hours.map(({ delivered, failed }, i) => (
        <Bar key={i} x={i * WIDTH} delivered={(delivered / most) * HEIGHT} failed={(failed / most) * HEIGHT} />
      ))}
      <path d={`M0 ${HEIGHT - 0.5}H${HOURS * WIDTH}`} className="base" />
    </svg>
  );
}

function Bar({ x, delivered, failed }: { readonly x: number; readonly delivered: number; readonly failed: number }) {
  const low = HEIGHT - Math.max(delivered, delivered > 0 ? 1.5 : 0);
  const high = low - Math.max(failed, failed > 0 ? 1.5 : 0);
  return (
    <>
      <rect className="delivered" x={x} width={WIDTH - 1} y={low} height={HEIGHT - low} />
      <rect className="failed" x={x} width={WIDTH - 1} y={high} height={low - high} />
    </>
  );
}
