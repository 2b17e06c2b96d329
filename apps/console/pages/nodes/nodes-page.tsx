import type { Standing } from '#client';
import { useQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'react-router';
import * as queries from '../../api/queries.ts';
import { rightsOf, type Role } from '../../api/session.ts';
import { Countdown } from '../../parts/countdown.tsx';
import { DataTable, type Column } from '../../parts/data-table.tsx';
import { Empty } from '../../parts/notices.tsx';
import { Reading } from '../../parts/reading.tsx';
import { Heading } from '../../parts/section.tsx';
import { Sparkline } from '../../parts/sparkline.tsx';
import { HealthSymbol } from '../../parts/symbols.tsx';
import { count, counted } from '../../words/numbers.ts';
import { reasonWords } from '../../words/outcomes.ts';

/** Worst first. */
const RANKS: Readonly<Record<Standing['health'], number>> = { suspect: 3, failing: 2, paused: 1, healthy: 0 };

const columns: readonly Column<Standing>[] = [
  {
    id: 'health',
    title: 'Health',
    cell: ({ health }) => <HealthSymbol health={health} />,
    by: ({ health }) => RANKS[health],
  },
  { id: 'node', title: 'Node', cell: (node) => <Name node={node} />, by: ({ id }) => id },
  { id: 'day', title: 'Last 24 hours', cell: ({ day }) => <Sparkline day={day} /> },
  {
    id: 'backlog',
    title: 'Waiting',
    align: 'end',
    cell: ({ backlog }) => count(backlog),
    by: ({ backlog }) => backlog,
  },
  {
    id: 'frozen',
    title: 'Frozen',
    align: 'end',
    cell: ({ frozen }) => <span className={frozen > 0 ? 'tone-bad' : 'quiet'}>{count(frozen)}</span>,
    by: ({ frozen }) => frozen,
  },
  {
    id: 'next',
    title: 'Next attempt',
    cell: ({ nextAttemptAt, health }) =>
      health === 'paused' ? <span className="quiet">when resumed</span> : <Countdown at={nextAttemptAt} />,
    by: ({ nextAttemptAt }) => nextAttemptAt ?? '',
  },
  { id: 'error', title: 'Last failure', cell: (node) => <LastFailure node={node} /> },
];

export function NodesPage({ role }: { readonly role: Role }) {
  const { operate } = rightsOf(role);
  const query = useQuery(queries.standings);
  const [search, setSearch] = useSearchParams();
  const wanted = search.get('q') ?? '';
  return (
    <>
      <Heading title="Nodes">
        <input
          type="search"
          placeholder="id, name, DID or address"
          aria-label="Search nodes"
          value={wanted}
          onChange={({ target }) => setSearch(target.value === '' ? {} : { q: target.value }, { replace: true })}
        />
        {operate && (
          <Link to="/register" className="button primary">
            Register a node
          </Link>
        )}
      </Heading>
      <Reading query={query} what="the nodes">
        {(nodes) => <Found nodes={nodes} wanted={wanted} />}
      </Reading>
    </>
  );
}

function Found({ nodes, wanted }: { readonly nodes: readonly Standing[]; readonly wanted: string }) {
  if (nodes.length === 0) {
    return (
      <Empty title="No node is registered yet.">
        Register one here, by <code>PUT /api/v1/nodes/ID</code>, or try one out:{' '}
        <code>npm run cli -- listen --id my-node</code>.
      </Empty>
    );
  }
  const found = nodes.filter(({ id, name, did, url }) =>
    [id, name, did ?? '', url].some((text) => text.toLowerCase().includes(wanted.trim().toLowerCase())),
  );
  if (found.length === 0) return <Empty title={`No node is called anything like “${wanted}”.`} />;
  return (
    <>
      <p className="hint">{counted(found.length, 'node')}</p>
      <DataTable
        caption="Nodes"
        columns={columns}
        rows={found}
        keyOf={({ id }) => id}
        sorting={[{ id: 'health', desc: true }]}
      />
    </>
  );
}

function Name({ node: { id, name } }: { readonly node: Standing }) {
  return (
    <span>
      <Link to={`/nodes/${encodeURIComponent(id)}`}>{id}</Link> {name !== id && <span className="quiet">{name}</span>}
    </span>
  );
}

function LastFailure({ node }: { readonly node: Standing }) {
  if (node.health === 'healthy' || node.lastFailureAt === null) return <span className="quiet">—</span>;
  return <span className="reason">{reasonWords({ status: node.lastStatus, error: node.lastError })}</span>;
}
