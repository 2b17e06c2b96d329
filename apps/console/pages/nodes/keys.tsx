import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { call, getAll } from '../../api/call.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { Copy } from '../../parts/copy.tsx';
import { DataTable } from '../../parts/data-table.tsx';
import { Field } from '../../parts/field.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Done, Empty, Failure } from '../../parts/notices.tsx';
import { Reading } from '../../parts/reading.tsx';

interface Key {
  readonly id: string;
  readonly name: string;
  readonly prefix: string;
  readonly lastUsedAt: string | null;
}

const MOST_KEYS = 500;

/** The keys that a node sends with: made, shown once, and withdrawn. */
export function Keys({ node }: { readonly node: string }) {
  const path = `/nodes/${encodeURIComponent(node)}/keys`;
  const queryKey = ['nodes', 'keys', node];
  const keys = useQuery({ queryKey, queryFn: () => getAll<Key>(path, MOST_KEYS) });
  const queries = useQueryClient();
  const refresh = () => queries.invalidateQueries({ queryKey });
  const [leaving, setLeaving] = useState<Key | null>(null);
  return (
    <>
      <Reading query={keys} what="its keys">
        {(list) =>
          list.length === 0 ? (
            <Empty title="It has no key, so it can not send." />
          ) : (
            <DataTable
              caption="Keys"
              rows={list}
              keyOf={({ id }) => id}
              columns={[
                { id: 'name', title: 'Name', cell: ({ name }) => name, by: ({ name }) => name },
                { id: 'prefix', title: 'Begins with', cell: ({ prefix }) => <code>{prefix}…</code> },
                { id: 'used', title: 'Last used', cell: ({ lastUsedAt }) => <Moment at={lastUsedAt} none="never" /> },
                {
                  id: 'remove',
                  title: '',
                  align: 'end',
                  cell: (key) => (
                    <button
                      type="button"
                      className="small danger"
                      onClick={() => setLeaving(key)}
                      aria-label={`Withdraw key ${key.name}`}
                    >
                      Withdraw
                    </button>
                  ),
                },
              ]}
            />
          )
        }
      </Reading>
      {leaving !== null && (
        <Withdrawal path={path} leaving={leaving} onClose={() => setLeaving(null)} onGone={refresh} />
      )}
      <NewKey path={path} onMade={refresh} />
    </>
  );
}

interface WithdrawalProps {
  readonly path: string;
  readonly leaving: Key;
  readonly onClose: () => void;
  readonly onGone: () => Promise<void>;
}

/** Asks first: a key can not be had back. */
function Withdrawal({ path, leaving: { id, name, lastUsedAt }, onClose, onGone }: WithdrawalProps) {
  const removing = useMutation({
    mutationFn: () => call('DELETE', `${path}/${id}`),
    onSuccess: () => {
      onClose();
      return onGone();
    },
  });
  return (
    <Confirm
      title={`Withdraw the key ${name}?`}
      onClose={onClose}
      actions={
        <>
          <button type="button" onClick={onClose}>
            Keep it
          </button>
          <button type="button" className="danger" disabled={removing.isPending} onClick={() => removing.mutate()}>
            Withdraw
          </button>
        </>
      }
    >
      <p>
        Who sends with it gets 401 within seconds. It was last used: <Moment at={lastUsedAt} none="never" />.
      </p>
      {removing.error !== null && <Failure error={removing.error} what="The key was not withdrawn" />}
    </Confirm>
  );
}

function NewKey({ path, onMade }: { readonly path: string; readonly onMade: () => Promise<void> }) {
  const [name, setName] = useState('');
  const making = useMutation({
    mutationFn: () => call<{ readonly key: string }>('POST', path, { name }),
    onSuccess: () => {
      setName('');
      return onMade();
    },
  });
  function submit(event: FormEvent): void {
    event.preventDefault();
    making.mutate();
  }
  return (
    <form className="inline" onSubmit={submit}>
      <Field label="New key for">
        {(attributes) => (
          <input {...attributes} required value={name} onChange={({ target }) => setName(target.value)} />
        )}
      </Field>
      <button type="submit" disabled={making.isPending}>
        Make a key
      </button>
      {making.error !== null && <Failure error={making.error} what="No key was made" />}
      {making.data !== undefined && (
        <Done>
          Shown this once: <code className="long">{making.data.key}</code>{' '}
          <Copy text={making.data.key} what="the key" />
        </Done>
      )}
    </form>
  );
}
