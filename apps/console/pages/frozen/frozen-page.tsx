import type { Frozen, FrozenGroup } from '#client';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useSearchParams } from 'react-router';
import * as queries from '../../api/queries.ts';
import { rightsOf, type Role } from '../../api/session.ts';
import { DataTable, type Column } from '../../parts/data-table.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Empty } from '../../parts/notices.tsx';
import { Reading } from '../../parts/reading.tsx';
import { Heading } from '../../parts/section.tsx';
import { count, counted } from '../../words/numbers.ts';
import { reasonWords } from '../../words/outcomes.ts';
import { ChangeDialog } from './change-dialog.tsx';
import type { Change, Filter } from './change.ts';

/** What gave up, by node and reason; what is selected is replayed or cancelled. */
export function FrozenPage({ role }: { readonly role: Role }) {
  const query = useQuery(queries.frozen);
  return (
    <>
      <Heading title="Frozen deliveries" />
      <Reading query={query} what="what is frozen">
        {(frozen) => <Groups frozen={frozen} role={role} />}
      </Reading>
    </>
  );
}

function keyOf({ node, status, error }: FrozenGroup): string {
  return JSON.stringify([node, status, error]);
}

function Groups({ frozen, role }: { readonly frozen: Frozen; readonly role: Role }) {
  const [search, setSearch] = useSearchParams();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [change, setChange] = useState<Change | null>(null);
  const { operate } = rightsOf(role);
  const node = search.get('node');
  const groups = node === null ? frozen.groups : frozen.groups.filter((group) => group.node === node);
  const chosen = groups.filter((group) => selected.has(keyOf(group)));
  if (frozen.groups.length === 0 && change === null) {
    return <Empty title="Nothing is frozen.">Every delivery was made, or is still being tried.</Empty>;
  }
  function toggle(group: FrozenGroup): void {
    const next = new Set(selected);
    if (!next.delete(keyOf(group))) next.add(keyOf(group));
    setSelected(next);
  }
  const columns = [...(operate ? [selectColumn(selected, toggle)] : []), ...COLUMNS];
  return (
    <>
      {node !== null && (
        <p className="hint">
          At {node} only.{' '}
          <button type="button" className="small" onClick={() => setSearch({})}>
            Show all nodes
          </button>
        </p>
      )}
      {operate && (
        <Toolbar
          groups={groups}
          chosen={chosen}
          onSelect={(all) => setSelected(new Set(all.map(keyOf)))}
          onChange={setChange}
        />
      )}
      {groups.length === 0 ? (
        <Empty title={`Nothing is frozen at ${node}.`} />
      ) : (
        <DataTable caption="Frozen deliveries by node and reason" columns={columns} rows={groups} keyOf={keyOf} />
      )}
      {sumOf(frozen.groups) < frozen.total && (
        <p className="hint">
          The newest {count(sumOf(frozen.groups))} of {count(frozen.total)} are grouped here.
        </p>
      )}
      {change !== null && (
        <ChangeDialog
          change={change}
          onClose={() => {
            setChange(null);
            setSelected(new Set());
          }}
        />
      )}
    </>
  );
}

function sumOf(groups: readonly FrozenGroup[]): number {
  return groups.reduce((sum, group) => sum + group.count, 0);
}

const COLUMNS: readonly Column<FrozenGroup>[] = [
  {
    id: 'node',
    title: 'Node',
    cell: ({ node }) => <Link to={`/nodes/${encodeURIComponent(node)}`}>{node}</Link>,
    by: ({ node }) => node,
  },
  { id: 'reason', title: 'Why', cell: (group) => <span className="reason">{reasonWords(group)}</span> },
  { id: 'count', title: 'Deliveries', align: 'end', cell: (group) => count(group.count), by: (group) => group.count },
  { id: 'oldest', title: 'Since', cell: ({ oldest }) => <Moment at={oldest} />, by: ({ oldest }) => oldest },
  { id: 'newest', title: 'Last', cell: ({ newest }) => <Moment at={newest} />, by: ({ newest }) => newest },
  {
    id: 'messages',
    title: '',
    wide: true,
    cell: ({ node }) => <Link to={`/messages?node=${encodeURIComponent(node)}&state=frozen`}>messages</Link>,
  },
];

function selectColumn(selected: ReadonlySet<string>, toggle: (group: FrozenGroup) => void): Column<FrozenGroup> {
  return {
    id: 'select',
    title: 'Select',
    cell: (group) => (
      <input
        type="checkbox"
        aria-label={`Select ${count(group.count)} at ${group.node}: ${reasonWords(group)}`}
        checked={selected.has(keyOf(group))}
        onChange={() => toggle(group)}
      />
    ),
  };
}

interface ToolbarProps {
  readonly groups: readonly FrozenGroup[];
  readonly chosen: readonly FrozenGroup[];
  readonly onSelect: (groups: readonly FrozenGroup[]) => void;
  readonly onChange: (change: Change) => void;
}

function Toolbar({ groups, chosen, onSelect, onChange }: ToolbarProps) {
  const title = counted(sumOf(chosen), 'frozen delivery', 'frozen deliveries');
  const selection = { kind: 'filter', filters: chosen.map(filterOf), title } as const;
  return (
    <div className="toolbar">
      <button type="button" className="small" onClick={() => onSelect(chosen.length === groups.length ? [] : groups)}>
        {chosen.length === groups.length && groups.length > 0 ? 'Select none' : 'Select all'}
      </button>
      <span className="quiet" role="status">
        {chosen.length === 0 ? 'Select what to replay or cancel.' : `${title} selected`}
      </span>
      <button
        type="button"
        className="primary"
        disabled={chosen.length === 0}
        onClick={() => onChange({ kind: 'replay', selection })}
      >
        Replay …
      </button>
      <button
        type="button"
        className="danger"
        disabled={chosen.length === 0}
        onClick={() => onChange({ kind: 'cancel', selection })}
      >
        Cancel …
      </button>
    </div>
  );
}

function filterOf({ node, error }: FrozenGroup): Filter {
  return { state: 'frozen', node, ...(error !== null && { error }) };
}
