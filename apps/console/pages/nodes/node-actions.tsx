import type { Standing } from '#client';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { call } from '../../api/call.ts';
import { Done, Failure } from '../../parts/notices.tsx';
import { outcomeWords, statusWords } from '../../words/outcomes.ts';
import { duration } from '../../words/time.ts';

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

function Pong({ pinged: { outcome, status, duration: took, error } }: { readonly pinged: Pinged }) {
  const words = outcome === 'success' ? 'It answers' : `It does not take it: ${error ?? outcomeWords(outcome)}`;
  return (
    <Done>
      {words}
      {status !== null && ` (${statusWords(status)})`}, after {duration(took)}.
    </Done>
  );
}
