import type { RotatedSecret } from '#client';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/call.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { Copy } from '../../parts/copy.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Done, Failure } from '../../parts/notices.tsx';

/** Gives a node a new secret, after asking: the receiver must be told it within a day. */
export function SecretRotation({ node }: { readonly node: string }) {
  const [asking, setAsking] = useState(false);
  const rotating = useMutation({
    mutationFn: () => call<RotatedSecret>('POST', `/nodes/${encodeURIComponent(node)}/rotate-secret`, {}),
    onSettled: () => setAsking(false),
  });
  return (
    <>
      <p className="hint">
        A new secret is made and shown once. For a day the old one signs too, so that nothing is refused meanwhile.
      </p>
      <button type="button" onClick={() => setAsking(true)}>
        Rotate the secret
      </button>
      {rotating.error !== null && <Failure error={rotating.error} what="The secret stayed as it was" />}
      {rotating.data !== undefined && (
        <Done>
          Shown this once: <code className="long">{rotating.data.secret}</code>{' '}
          <Copy text={rotating.data.secret} what="the secret" />
          {rotating.data.previousUntil !== null && (
            <>
              {' '}
              The old one signs until <Moment at={rotating.data.previousUntil} />.
            </>
          )}
        </Done>
      )}
      {asking && (
        <Confirm
          title={`Rotate the secret of ${node}?`}
          onClose={() => setAsking(false)}
          actions={
            <>
              <button type="button" onClick={() => setAsking(false)}>
                Keep it
              </button>
              <button type="button" className="primary" disabled={rotating.isPending} onClick={() => rotating.mutate()}>
                Rotate
              </button>
            </>
          }
        >
          <p>
            The receiver has a day to be given the new one. After that, deliveries signed with it only are refused by
            who does not know it.
          </p>
        </Confirm>
      )}
    </>
  );
}
