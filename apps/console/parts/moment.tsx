import { useClock } from '../live/use-clock.ts';
import { ago, moment, wholeMoment } from '../words/time.ts';

interface MomentProps {
  /** ISO 8601; nothing is shown for null. */
  readonly at: string | null;
  readonly none?: string;
  /** How long ago it is instead of when. */
  readonly relative?: boolean;
}

/** A moment, with all of it in the tooltip. */
export function Moment({ at, none = '—', relative = false }: MomentProps) {
  const now = useClock();
  if (at === null) return <span className="quiet">{none}</span>;
  return (
    <time dateTime={at} title={wholeMoment(at)}>
      {relative ? ago(at, now) : moment(at, now)}
    </time>
  );
}
