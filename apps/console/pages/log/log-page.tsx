import type { LogRecord } from '#client';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'react-router';
import { get, queryText, type Page } from '../../api/call.ts';
import { rightsOf, type Role } from '../../api/session.ts';
import { DataTable, type Column } from '../../parts/data-table.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Empty, Failure, Loading } from '../../parts/notices.tsx';
import { Heading, Section } from '../../parts/section.tsx';
import { LogFilter, type Wanted } from './log-filter.tsx';
import { LastPurges } from './last-purges.tsx';
import { Purge } from './purge.tsx';

/** What was removed and what would be, and who did what. */
export function LogPage({ role }: { readonly role: Role }) {
  const [search, setSearch] = useSearchParams();
  const filter = {
    action: search.get('action') ?? '',
    node: search.get('node') ?? '',
    message: search.get('message') ?? '',
  };
  return (
    <>
      <Heading title="Purge and log" />
      <Section title="Purge">
        {rightsOf(role).operate && <Purge />}
        <LastPurges />
      </Section>
      <Section title="Log">
        <LogFilter key={search.toString()} filter={filter} onFilter={(wanted) => setSearch(wanted)} />
        <Records filter={filter} />
      </Section>
    </>
  );
}

const columns: readonly Column<LogRecord>[] = [
  { id: 'at', title: 'When', cell: ({ at }) => <Moment at={at} /> },
  { id: 'actor', title: 'Who', cell: ({ actor }) => actor },
  { id: 'action', title: 'What', cell: ({ action }) => <code>{action}</code> },
  {
    id: 'node',
    title: 'Node',
    cell: ({ node }) => (node === null ? '—' : <Link to={`/nodes/${encodeURIComponent(node)}`}>{node}</Link>),
  },
  {
    id: 'message',
    title: 'Message',
    cell: ({ message }) =>
      message === null ? (
        '—'
      ) : (
        <Link to={`/messages/${message}`}>
          <code>{message.slice(0, 8)}…</code>
        </Link>
      ),
  },
  { id: 'detail', title: 'More', cell: ({ detail }) => <span className="reason">{detailWords(detail)}</span> },
];

function Records({ filter }: { readonly filter: Wanted }) {
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = useInfiniteQuery({
    queryKey: ['log', filter],
    queryFn: ({ pageParam }) => get<Page<LogRecord>>(`/log${queryText({ ...filter, cursor: pageParam })}`),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
  });
  if (data === undefined)
    return error === null ? <Loading what="the log" /> : <Failure error={error} what="The log could not be read" />;
  const records = data.pages.flatMap(({ items }) => items);
  if (records.length === 0)
    return <Empty title="There is no such record.">Records older than purge.log are removed.</Empty>;
  return (
    <>
      <DataTable caption="Log records, newest first" columns={columns} rows={records} keyOf={({ id }) => id} />
      {hasNextPage && (
        <button type="button" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {isFetchingNextPage ? 'Reading …' : 'Show older ones'}
        </button>
      )}
    </>
  );
}

/** `count 500, reason …`; lists and objects as JSON. */
function detailWords(detail: unknown): string {
  if (typeof detail !== 'object' || detail === null) return '';
  return Object.entries(detail)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(', ');
}
