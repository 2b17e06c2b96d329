import type { Attempt, Delivery } from '#client';
import { useQuery } from '@tanstack/react-query';
import * as queries from '../../api/queries.ts';
import { useClock } from '../../live/use-clock.ts';
import { Failure, Loading } from '../../parts/notices.tsx';
import { retryLadder, type Rung } from '../../words/retry-ladder.ts';
import { preciseMoment, span, wholeMoment } from '../../words/time.ts';

interface LadderProps {
  readonly delivery: Delivery;
  readonly attempts: readonly Attempt[];
}

/** The attempts that were made, and when the next ones follow while each fails. */
export function Ladder({ delivery, attempts }: LadderProps) {
  const standing = useQuery(queries.standing(delivery.node));
  const now = useClock();
  if (standing.data === undefined) {
    return standing.error === null ? (
      <Loading what="its rules" />
    ) : (
      <p className="hint">
        {delivery.node} is not registered any more, so nothing more is sent to it.{' '}
        <Failure error={standing.error} what="Its rules are gone" />
      </p>
    );
  }
  const { health, policy } = standing.data;
  const rungs = retryLadder(delivery, attempts, policy.retry);
  return (
    <>
      <p className="next">{nextWords(delivery, health === 'paused', now)}</p>
      <ol className="ladder">
        {rungs.map((rung) => (
          <Step key={rung.number} rung={rung} now={now} />
        ))}
        {delivery.state === 'frozen' && <li className="rung frozen">gave up</li>}
      </ol>
    </>
  );
}

function nextWords({ state, dueAt }: Delivery, paused: boolean, now: number): string {
  if (state === 'frozen') return 'Nothing more happens by itself. Replay it once the cause is gone.';
  if (paused) return 'The node is paused: the next attempt is made once it is resumed.';
  const seconds = dueAt === null ? 0 : (Date.parse(dueAt) - now) / 1_000;
  return seconds <= 0 ? 'The next attempt is due now.' : `The next attempt is made in ${span(seconds)}.`;
}

const WORDS: Readonly<Record<Rung['state'], string>> = {
  failed: 'failed',
  succeeded: 'delivered',
  next: 'next',
  later: 'then',
};

function Step({ rung: { number, at, state, last }, now }: { readonly rung: Rung; readonly now: number }) {
  const seconds = (Date.parse(at) - now) / 1_000;
  return (
    <li className={`rung ${state}`}>
      <span className="number">{number}</span>
      <span>{WORDS[state]}</span>
      <time dateTime={at} title={wholeMoment(at)}>
        {state === 'next' && seconds > 0 ? span(seconds) : preciseMoment(at, now)}
      </time>
      {last && <span className="quiet">then frozen</span>}
    </li>
  );
}
