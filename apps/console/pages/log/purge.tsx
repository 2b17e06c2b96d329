import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/call.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { Done, Failure } from '../../parts/notices.tsx';
import { counted } from '../../words/numbers.ts';

interface Purged {
  readonly delivered: number;
  readonly frozen: number;
  readonly log: number;
}

/** Counts what the next purge would remove, and runs it now if one wants to. */
export function Purge() {
  const queries = useQueryClient();
  const [asking, setAsking] = useState(false);
  const counting = useMutation({ mutationFn: () => call<Purged>('POST', '/purge', { dryRun: true }) });
  const purging = useMutation({
    mutationFn: () => call<Purged>('POST', '/purge', {}),
    onSettled: () => {
      setAsking(false);
      counting.reset();
      void queries.invalidateQueries();
    },
  });
  return (
    <>
      <p className="hint">It runs by itself, every purge.interval.</p>
      <div className="actions">
        <button type="button" disabled={counting.isPending} onClick={() => counting.mutate()}>
          {counting.isPending ? 'Counting …' : 'Count what would go'}
        </button>
        <button type="button" className="danger" onClick={() => setAsking(true)}>
          Purge now …
        </button>
      </div>
      {counting.data !== undefined && <Done>The next purge would remove {words(counting.data)}.</Done>}
      {purging.data !== undefined && <Done>Removed {words(purging.data)}.</Done>}
      {counting.error !== null && <Failure error={counting.error} what="It could not be counted" />}
      {purging.error !== null && <Failure error={purging.error} what="The purge did not run to its end" />}
      {asking && (
        <Confirm
          title="Purge now?"
          onClose={() => setAsking(false)}
          actions={
            <>
              <button type="button" onClick={() => setAsking(false)}>
                Not now
              </button>
              <button type="button" className="danger" disabled={purging.isPending} onClick={() => purging.mutate()}>
                {purging.isPending ? 'Purging …' : 'Purge'}
              </button>
            </>
          }
        >
          <p>
            Messages and log records that are older than their kind is kept are removed for good. What is still pending
            stays.
          </p>
        </Confirm>
      )}
    </>
  );
}

function words({ delivered, frozen, log }: Purged): string {
  return `${counted(delivered, 'delivered message')}, ${counted(frozen, 'frozen message')} and ${counted(log, 'log record')}`;
}
