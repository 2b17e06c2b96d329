import type { Series, Stats } from '#client';
import type { ReactNode } from 'react';
import { count, percent, shortCount } from '../../words/numbers.ts';
import { span } from '../../words/time.ts';

/** The period in a few figures, and what waits now. */
export function Figures({ series, stats }: { readonly series: Series; readonly stats: Stats | undefined }) {
  const sum = (kind: 'accepted' | 'delivered' | 'failed' | 'frozen') =>
    series.points.reduce((total, point) => total + point[kind], 0);
  const attempts = sum('delivered') + sum('failed');
  const oldest = Math.max(0, ...(stats?.nodes ?? []).map(({ oldestDueAge }) => oldestDueAge));
  return (
    <dl className="figures">
      <Figure term="accepted" value={shortCount(sum('accepted'))} note="messages" />
      <Figure term="delivered" value={shortCount(sum('delivered'))} note={rateOf(stats?.rates.delivered)} />
      <Figure
        term="success"
        value={attempts === 0 ? '—' : percent(sum('delivered') / attempts)}
        note={`of ${shortCount(attempts)} attempts`}
      />
      <Figure term="failed" value={shortCount(sum('failed'))} note="attempts" bad={sum('failed') > 0} />
      <Figure
        term="frozen"
        value={shortCount(stats?.deliveries.frozen ?? 0)}
        note={`${count(sum('frozen'))} in this period`}
        bad={(stats?.deliveries.frozen ?? 0) > 0}
      />
      <Figure
        term="waiting"
        value={shortCount(stats?.deliveries.pending ?? 0)}
        note={oldest === 0 ? 'none is due' : `oldest due ${span(oldest)}`}
      />
    </dl>
  );
}

/** Seconds that the rates are of, unless there was more than the system counts back. */
const RATED = 300;

/** What comes seldom is counted: a rate of it says little. */
function rateOf(perSecond: number | undefined): string {
  if (perSecond === undefined) return '';
  return perSecond < 1
    ? `${count(Math.round(perSecond * RATED))} in the last 5 min`
    : `${shortCount(Math.round(perSecond))} a second`;
}

interface FigureProps {
  readonly term: string;
  readonly value: string;
  readonly note: ReactNode;
  readonly bad?: boolean;
}

function Figure({ term, value, note, bad = false }: FigureProps) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>
        <span className={bad ? 'value tone-bad' : 'value'}>{value}</span> <span className="note">{note}</span>
      </dd>
    </div>
  );
}
