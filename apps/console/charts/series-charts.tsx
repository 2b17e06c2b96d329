import type { Series, SeriesPoint } from '#client';
import { Chart } from './chart.tsx';

function momentsOf({ points }: Series): number[] {
  return points.map(({ at }) => Date.parse(at) / 1_000);
}

function valuesOf(series: Series, of: (point: SeriesPoint) => number | null): (number | null)[] {
  return series.points.map(of);
}

/** What came in and what became of it. @param of Whose messages are accepted: of the node, if it is one's. */
export function FlowChart({
  series,
  title,
  incoming,
}: {
  readonly series: Series;
  readonly title: string;
  readonly incoming: 'accepted' | 'queued';
}) {
  const label = incoming === 'accepted' ? 'messages accepted' : 'deliveries for it';
  return (
    <Chart
      title={title}
      moments={momentsOf(series)}
      lines={[
        { label, values: valuesOf(series, (point) => point[incoming]), colour: '--info', dash: [2, 3] },
        { label: 'delivered', values: valuesOf(series, ({ delivered }) => delivered), colour: '--good', fill: true },
        { label: 'failed attempts', values: valuesOf(series, ({ failed }) => failed), colour: '--warn', dash: [7, 3] },
        { label: 'frozen', values: valuesOf(series, ({ frozen }) => frozen), colour: '--bad' },
      ]}
    />
  );
}

/** How long attempts took, the failed ones included. */
export function LatencyChart({ series }: { readonly series: Series }) {
  return (
    <Chart
      title="How long attempts took"
      unit="ms"
      moments={momentsOf(series)}
      lines={[
        { label: 'half took at most', values: valuesOf(series, ({ median }) => median), colour: '--accent' },
        { label: '19 in 20 took at most', values: valuesOf(series, ({ p95 }) => p95), colour: '--quiet', dash: [7, 3] },
      ]}
    />
  );
}
