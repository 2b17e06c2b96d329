import type { NodeBacklog } from '#client';
import { Link } from 'react-router';
import { DataTable, type Column } from '../../parts/data-table.tsx';
import { Empty } from '../../parts/notices.tsx';
import { count } from '../../words/numbers.ts';
import { span } from '../../words/time.ts';

/** The nodes that are shown; the others are on the page of the nodes. */
const MOST = 10;

const columns: readonly Column<NodeBacklog>[] = [
  {
    id: 'node',
    title: 'Node',
    cell: ({ node }) => <Link to={`/nodes/${encodeURIComponent(node)}`}>{node}</Link>,
    by: ({ node }) => node,
  },
  {
    id: 'backlog',
    title: 'Waiting',
    align: 'end',
    cell: ({ backlog }) => count(backlog),
    by: ({ backlog }) => backlog,
  },
  {
    id: 'due',
    title: 'Oldest due',
    align: 'end',
    cell: ({ oldestDueAge }) => (oldestDueAge === 0 ? <span className="quiet">not due</span> : span(oldestDueAge)),
    by: ({ oldestDueAge }) => oldestDueAge,
  },
];

/** What waits, by node. */
export function Backlogs({ nodes }: { readonly nodes: readonly NodeBacklog[] }) {
  if (nodes.length === 0)
    return <Empty title="Nothing waits.">Every delivery has been made, frozen or cancelled.</Empty>;
  return (
    <>
      <DataTable
        caption="What waits, by node"
        columns={columns}
        rows={nodes.slice(0, MOST)}
        keyOf={({ node }) => node}
      />
      {nodes.length > MOST && (
        <p className="hint">
          <Link to="/nodes">{nodes.length - MOST} more</Link>
        </p>
      )}
    </>
  );
}
