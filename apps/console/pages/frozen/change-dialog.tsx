import { useQuery } from '@tanstack/react-query';
import { Confirm } from '../../parts/confirm.tsx';
import { Failure, Loading } from '../../parts/notices.tsx';
import { count, counted } from '../../words/numbers.ts';
import { countOf, type Change } from './change.ts';
import { useChange, type Stage } from './use-change.ts';

const WORDS = {
  replay: {
    verb: 'Replay',
    keep: 'Not now',
    why: 'They are due at once, with a fresh budget of attempts. Do it once the cause is gone: else they freeze again.',
  },
  cancel: {
    verb: 'Cancel',
    keep: 'Keep them',
    why: 'They are never sent, and count as done. An attempt that is under way ends by itself.',
  },
} as const;

interface ChangeDialogProps {
  readonly change: Change;
  readonly onClose: () => void;
}

/** Counts first, asks, and shows how far it is. */
export function ChangeDialog({ change, onClose }: ChangeDialogProps) {
  const { verb, keep } = WORDS[change.kind];
  const { stage, start, stop } = useChange(change);
  const total = useQuery({
    // What was agreed to is what it is measured by: once it has begun nothing counts anew.
    enabled: stage.stage === 'asking',
    queryKey: ['change', change],
    queryFn: () => countOf(change),
    staleTime: Infinity,
    gcTime: 0,
  });
  const isUnderWay = stage.stage === 'changing' || stage.stage === 'watching';
  return (
    <Confirm
      title={`${verb} ${change.selection.title}?`}
      onClose={() => {
        stop();
        onClose();
      }}
      actions={
        <>
          {isUnderWay && (
            <button type="button" onClick={stop}>
              {stage.stage === 'watching' ? 'Stop watching' : 'Stop here'}
            </button>
          )}
          {!isUnderWay && (
            <button type="button" onClick={onClose}>
              {stage.stage === 'asking' ? keep : 'Close'}
            </button>
          )}
          {stage.stage === 'asking' && (
            <button
              type="button"
              className={change.kind === 'cancel' ? 'danger' : 'primary'}
              disabled={(total.data ?? 0) === 0}
              onClick={start}
            >
              {verb} {total.data === undefined ? '' : counted(total.data, 'delivery', 'deliveries')}
            </button>
          )}
        </>
      }
    >
      {total.error !== null && <Failure error={total.error} what="They could not be counted" />}
      {total.data === undefined && total.error === null && <Loading what="how many they are" />}
      {total.data !== undefined && <Shown change={change} stage={stage} total={total.data} />}
    </Confirm>
  );
}

function Shown({ change, stage, total }: { readonly change: Change; readonly stage: Stage; readonly total: number }) {
  if (stage.stage === 'asking') {
    return total === 0 ? (
      <p>There is none any more: somebody was faster, or they have been purged.</p>
    ) : (
      <p>
        <strong>{counted(total, 'delivery', 'deliveries')}.</strong> {WORDS[change.kind].why}
      </p>
    );
  }
  return <Bars change={change} stage={stage} total={total} />;
}

interface BarsProps {
  readonly change: Change;
  readonly stage: Exclude<Stage, { stage: 'asking' }>;
  readonly total: number;
}

function Bars({ change, stage, total }: BarsProps) {
  const { changed, settled, frozenAgain } = stage.progress;
  const done = change.kind === 'replay' ? 'replayed' : 'cancelled';
  return (
    <div className="bars" role="status">
      <label>
        <span>
          {done}: {count(changed)} of {count(total)}
        </span>
        <progress max={total} value={changed} />
      </label>
      {change.kind === 'replay' && (
        <label>
          <span>
            delivered: {count(settled - frozenAgain)} of {count(changed)}
          </span>
          <progress max={Math.max(changed, 1)} value={settled - frozenAgain} />
        </label>
      )}
      {frozenAgain > 0 && (
        <p className="tone-bad">
          {counted(frozenAgain, 'has', 'have')} frozen again: look at the reason before you replay once more.
        </p>
      )}
      {stage.stage === 'done' && <p>Done.</p>}
      {stage.stage === 'failed' && (
        <Failure error={stage.error} what="It ended half-way; what was changed stays changed" />
      )}
    </div>
  );
}
