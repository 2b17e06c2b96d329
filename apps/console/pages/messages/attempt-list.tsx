import type { Attempt } from '#client';
import { useClock } from '../../live/use-clock.ts';
import { Empty } from '../../parts/notices.tsx';
import { OutcomeSymbol } from '../../parts/symbols.tsx';
import { outcomeWords, statusWords } from '../../words/outcomes.ts';
import { duration, preciseMoment, wholeMoment } from '../../words/time.ts';

/** The time line of what was tried: to whom, what came back, how long it took. */
export function AttemptList({ attempts }: { readonly attempts: readonly Attempt[] }) {
  const now = useClock();
  if (attempts.length === 0) return <Empty title="Nothing was tried yet." />;
  return (
    <ol className="time-line">
      {attempts.map((attempt) => (
        <li key={`${attempt.node} ${attempt.number}`}>
          <Entry attempt={attempt} now={now} />
        </li>
      ))}
    </ol>
  );
}

function Entry({ attempt, now }: { readonly attempt: Attempt; readonly now: number }) {
  const { node, number, startedAt, outcome, status, error, body } = attempt;
  const succeeded = outcome === 'success';
  return (
    <>
      <div className="entry">
        <time dateTime={startedAt} title={wholeMoment(startedAt)}>
          {preciseMoment(startedAt, now)}
        </time>
        <OutcomeSymbol succeeded={succeeded} words={outcomeWords(outcome)} />
        <span>
          {node} <span className="quiet">attempt {number}</span>
        </span>
        <span className="quiet">
          {status !== null && `${statusWords(status)}, `}
          {duration(attempt.duration)}
        </span>
      </div>
      {error !== null && <p className="reason">{error}</p>}
      {body !== null && body !== '' && (
        <details>
          <summary>What the node answered</summary>
          <pre tabIndex={0}>{body}</pre>
        </details>
      )}
    </>
  );
}
