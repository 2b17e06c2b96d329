import type { Standing } from '#client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/call.ts';
import { Done, Failure } from '../../parts/notices.tsx';
import { counted } from '../../words/numbers.ts';
import { outcomeWords, statusWords } from '../../words/outcomes.ts';
import { duration } from '../../words/time.ts';
import { ChangeDialog } from '../frozen/change-dialog.tsx';
import type { Change } from '../frozen/change.ts';

interface Pinged {
  readonly outcome: string;
  readonly status: number | null;
  readonly duration: number;
  readonly error: string | null;
}

/** Pause, resume, ping, and what came of it. */
export function NodeActions({ node }: { readonly node: Standing }) {
  const queries = useQueryClient();
  const path = `/nodes/${encodeURIComponent(node.id)}`;
  const toggle = useMutation({
    mutationFn: () => call('POST', `${path}/${node.health === 'paused' ? 'resume' : 'pause'}`),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['nodes'] }),
  });
  const ping = useMutation({ mutationFn: () => call<Pinged>('POST', `${path}/ping`) });
  return (
    <>
      <ReplayFrozen node={node} />
      <button type="button" disabled={ping.isPending} onClick={() => ping.mutate()}>
        {ping.isPending ? 'Pinging …' : 'Ping'}
      </button>
      <button
        type="button"
        className={node.health === 'paused' ? 'primary' : undefined}
        disabled={toggle.isPending}
        onClick={() => toggle.mutate()}
      >
        {node.health === 'paused' ? 'Resume' : 'Pause'}
      </button>
      {toggle.error !== null && <Failure error={toggle.error} what="That did not work" />}
      {ping.error !== null && <Failure error={ping.error} what="The ping was not made" />}
      {ping.data !== undefined && <Pong pinged={ping.data} />}
    </>
  );
}

/** The repair once the cause is gone: all that gave up at this node. */
function ReplayFrozen({ node: { id, frozen, health } }: { readonly node: Standing }) {
  const [change, setChange] = useState<Change | null>(null);
  const title = `${counted(frozen, 'frozen delivery', 'frozen deliveries')} to ${id}`;
  return (
    <>
      {frozen > 0 && (
        <button
          type="button"
          className={health === 'healthy' ? 'primary' : undefined}
          onClick={() => {
            setChange({
              kind: 'replay',
              selection: { kind: 'filter', filters: [{ state: 'frozen', node: id }], title },
            });
          }}
        >
          Replay {counted(frozen, 'frozen delivery', 'frozen deliveries')} …
        </button>
      )}
      {change !== null && <ChangeDialog change={change} onClose={() => setChange(null)} />}
    </>
  );
}

function Pong({ pinged: { outcome, status, duration: took, error } }: { readonly pinged: Pinged }) {
  const words = outcome === 'success' ? 'It answers' : `It does not take it: ${error ?? outcomeWords(outcome)}`;
  return (
    <Done>
      {words}
      {status !== null && ` (${statusWords(status)})`}, after {duration(took)}.
    </Done>
  );
}
