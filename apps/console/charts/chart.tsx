import { useEffect, useRef } from 'react';
import uPlot from 'uplot';
import { shortCount } from '../words/numbers.ts';
import { duration } from '../words/time.ts';
import 'uplot/dist/uPlot.min.css';

export interface Line {
  readonly label: string;
  /** One value for each moment; null leaves a gap. */
  readonly values: readonly (number | null)[];
  /** A colour of the style sheet: `--good`. */
  readonly colour: string;
  /** What tells lines apart besides their colour. */
  readonly dash?: readonly number[];
  readonly fill?: boolean;
}

interface ChartProps {
  /** What it shows, for who does not see it. */
  readonly title: string;
  /** Seconds since the epoch. */
  readonly moments: readonly number[];
  readonly lines: readonly Line[];
  readonly unit?: 'count' | 'ms';
  readonly height?: number;
}

/** Lines over time, drawn by uPlot on a canvas; the legend shows what is under the pointer. */
export function Chart({ title, moments, lines, unit = 'count', height = 190 }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const data = [moments, ...lines.map(({ values }) => values)] as unknown as uPlot.AlignedData;
  const looks = lines.map(({ label, colour, dash }) => [label, colour, dash?.join('-')].join()).join(';');

  useEffect(() => {
    const { current } = place;
    if (current === null) return undefined;
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(optionsOf({ lines, unit, height, width: current.clientWidth }), data, current);
    };
    draw();
    const sizes = new ResizeObserver(() => plot.current?.setSize({ width: current.clientWidth, height }));
    sizes.observe(current);
    // Its colours are drawn, not styled.
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    const theme = new MutationObserver(draw);
    theme.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    scheme.addEventListener('change', draw);
    return () => {
      sizes.disconnect();
      theme.disconnect();
      scheme.removeEventListener('change', draw);
      plot.current?.destroy();
      plot.current = undefined;
    };
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- drawn anew for other lines, not for other figures
  }, [looks, unit, height]);

  useEffect(() => plot.current?.setData(data));

  return <div className="chart" ref={place} role="img" aria-label={`${title}. ${summaryOf(lines, unit)}`} />;
}

function summaryOf(lines: readonly Line[], unit: 'count' | 'ms'): string {
  return lines
    .map(({ label, values }) => {
      const known = values.filter((value) => value !== null);
      if (unit === 'count') return `${label}: ${shortCount(known.reduce((sum, value) => sum + value, 0))}`;
      return known.length === 0 ? `${label}: none` : `${label}: at most ${duration(Math.max(...known))}`;
    })
    .join(', ');
}

interface Look {
  readonly lines: readonly Line[];
  readonly unit: 'count' | 'ms';
  readonly width: number;
  readonly height: number;
}

function optionsOf({ lines, unit, width, height }: Look): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const font = `11px ${style.getPropertyValue('--font') || 'sans-serif'}`;
  const write = unit === 'ms' ? duration : shortCount;
  const axis = {
    stroke: colour('--quiet'),
    font,
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width,
    height,
    padding: [8, 16, 0, 0],
    cursor: { points: { size: 6 }, drag: { x: false, y: false } },
    legend: { live: true },
    scales: { y: { range: (_plot, _least, most) => [0, Math.max(most * 1.1, unit === 'ms' ? 10 : 4)] } },
    axes: [
      { ...axis, size: 28, values: clockValues },
      {
        ...axis,
        size: 52,
        values: (_plot, ticks) => ticks.map((tick) => (unit === 'count' && tick % 1 !== 0 ? '' : write(tick))),
      },
    ],
    series: [
      {
        value: (_plot, at) =>
          at === null ? '' : new Date(at * 1_000).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' }),
      },
      ...lines.map(({ label, colour: name, dash, fill }): uPlot.Series => {
        return {
          label,
          stroke: colour(name),
          width: 1.6,
          points: { show: false },
          value: (_plot, value) => (value === null ? '' : write(value)),
          ...(dash !== undefined && { dash: [...dash] }),
          ...(fill === true && { fill: `color-mix(in srgb, ${colour(name)} 14%, transparent)` }),
        };
      }),
    ],
  };
}

/** The 24-hour clock; days where ticks are days apart. */
function clockValues(_plot: uPlot, ticks: number[]): string[] {
  const apart = (ticks[1] ?? 0) - (ticks[0] ?? 0);
  const format = new Intl.DateTimeFormat(
    'en-GB',
    apart >= 86_400 ? { day: 'numeric', month: 'short' } : { hour: '2-digit', minute: '2-digit' },
  );
  return ticks.map((tick) => format.format(new Date(tick * 1_000)));
}
