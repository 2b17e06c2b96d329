import { useClock } from '../live/use-clock.ts';
import { preciseMoment, span, wholeMoment } from '../words/time.ts';

/** How long until a moment; `due now` from then on. */
export function Countdown({ at }: { readonly at: string | null }) {
  const now = useClock();
  if (at === null) return <span className="quiet">—</span>;
  const seconds = (Date.parse(at) - now) / 1_000;
  return (
    <time dateTime={at} title={wholeMoment(at)} className="countdown">
      {seconds <= 0 ? 'due now' : `in ${span(seconds)}`}
      {seconds > 0 && <span className="quiet"> {preciseMoment(at, now)}</span>}
    </time>
  );
}
