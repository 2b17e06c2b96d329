import type { Delivery, DeliveryState } from '#client';
import { useState } from 'react';
import { Link } from 'react-router';
import { rightsOf, type Role } from '../../api/session.ts';
import { Countdown } from '../../parts/countdown.tsx';
import { Moment } from '../../parts/moment.tsx';
import { StateSymbol } from '../../parts/symbols.tsx';
import { reasonWords } from '../../words/outcomes.ts';
import { ChangeDialog } from '../frozen/change-dialog.tsx';
import type { Change } from '../frozen/change.ts';

const STATES: readonly DeliveryState[] = ['pending', 'delivered', 'frozen', 'cancelled'];

/** Nodes down, states across: where each delivery stands, since when, and why. */
export function Matrix({ deliveries, role }: { readonly deliveries: readonly Delivery[]; readonly role: Role }) {
  const [change, setChange] = useState<Change | null>(null);
  const { operate } = rightsOf(role);
  return (
    <div className="table">
      <table className="matrix">
        <caption className="unseen">Deliveries by node and state</caption>
        <thead>
          <tr>
            <th scope="col">Node</th>
            {STATES.map((state) => (
              <th key={state} scope="col" className="cell">
                {state}
              </th>
            ))}
            <th scope="col">Since, or until</th>
            <th scope="col" className="number">
              Attempts
            </th>
            <th scope="col">Last failure</th>
            {operate && (
              <th scope="col">
                <span className="unseen">Actions</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {deliveries.map((delivery) => (
            <Row key={delivery.id} delivery={delivery} {...(operate && { onChange: setChange })} />
          ))}
        </tbody>
      </table>
      {change !== null && <ChangeDialog change={change} onClose={() => setChange(null)} />}
    </div>
  );
}

interface RowProps {
  readonly delivery: Delivery;
  readonly onChange?: (change: Change) => void;
}

function Row({ delivery, onChange }: RowProps) {
  const { id, node, state, attempts, dueAt, deliveredAt, frozenAt, lastStatus, lastError } = delivery;
  const selection = { kind: 'ids', ids: [id], title: `the delivery to ${node}` } as const;
  return (
    <tr>
      <th scope="row" data-title="Node">
        <Link to={`/nodes/${encodeURIComponent(node)}`}>{node}</Link>
      </th>
      {STATES.map((column) => (
        <td key={column} className={column === state ? 'cell on' : 'cell'} data-title="State">
          {column === state ? <StateSymbol state={state} silent /> : <span aria-hidden="true">·</span>}
        </td>
      ))}
      <td data-title="Since, or until">
        {state === 'pending' ? <Countdown at={dueAt} /> : <Moment at={deliveredAt ?? frozenAt} />}
      </td>
      <td data-title="Attempts" className="number">
        {attempts}
      </td>
      <td data-title="Last failure">
        {state !== 'delivered' && (lastError !== null || lastStatus !== null) ? (
          <span className="reason">{reasonWords({ status: lastStatus, error: lastError })}</span>
        ) : (
          <span className="quiet">—</span>
        )}
      </td>
      {onChange !== undefined && (
        <td className="row-actions">
          {state === 'frozen' && (
            <button
              type="button"
              className="small"
              onClick={() => onChange({ kind: 'replay', selection })}
              aria-label={`Replay to ${node}`}
            >
              Replay
            </button>
          )}
          {(state === 'frozen' || state === 'pending') && (
            <button
              type="button"
              className="small danger"
              onClick={() => onChange({ kind: 'cancel', selection })}
              aria-label={`Cancel to ${node}`}
            >
              Cancel
            </button>
          )}
        </td>
      )}
    </tr>
  );
}
