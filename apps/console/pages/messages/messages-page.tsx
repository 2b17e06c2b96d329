import type { Message } from '#client';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'react-router';
import { get, queryText, type Page } from '../../api/call.ts';
import { DataTable, type Column } from '../../parts/data-table.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Empty, Failure, Loading } from '../../parts/notices.tsx';
import { Heading } from '../../parts/section.tsx';
import { size } from '../../words/numbers.ts';
import { DeliveryCounts } from './delivery-counts.tsx';
import { readFilter, SearchForm, type Filter } from './search-form.tsx';

const columns: readonly Column<Message>[] = [
  { id: 'at', title: 'Accepted', cell: ({ createdAt }) => <Moment at={createdAt} /> },
  { id: 'id', title: 'Message', cell: (message) => <Name message={message} /> },
  { id: 'type', title: 'Type', cell: ({ type }) => type },
  {
    id: 'origin',
    title: 'From',
    cell: ({ origin }) => <Link to={`/nodes/${encodeURIComponent(origin)}`}>{origin}</Link>,
  },
  { id: 'deliveries', title: 'Deliveries', cell: (message) => <DeliveryCounts message={message} /> },
  { id: 'size', title: 'Size', align: 'end', wide: true, cell: (message) => size(message.size) },
];

/** Messages, newest first, as the address asks for them: what one looked for can be sent to someone else. */
export function MessagesPage() {
  const [search, setSearch] = useSearchParams();
  const filter = readFilter(search);
  return (
    <>
      <Heading title="Messages" />
      <SearchForm key={search.toString()} filter={filter} onSearch={(wanted) => setSearch({ ...wanted })} />
      <List filter={filter} />
    </>
  );
}

function List({ filter }: { readonly filter: Filter }) {
  const query = useInfiniteQuery({
    queryKey: ['messages', 'list', filter],
    queryFn: ({ pageParam }) => get<Page<Message>>(`/messages${queryText({ ...sentOf(filter), cursor: pageParam })}`),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
  });
  const { data, error, hasNextPage, fetchNextPage, isFetchingNextPage } = query;
  if (data === undefined) {
    return error === null ? (
      <Loading what="messages" />
    ) : (
      <Failure error={error} what="The messages could not be read" />
    );
  }
  const messages = data.pages.flatMap(({ items }) => items);
  if (messages.length === 0) return <NothingFound isFiltered={Object.keys(filter).length > 0} />;
  return (
    <>
      <DataTable caption="Messages, newest first" columns={columns} rows={messages} keyOf={({ id }) => id} />
      {hasNextPage && (
        <button type="button" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
          {isFetchingNextPage ? 'Reading …' : 'Show older ones'}
        </button>
      )}
    </>
  );
}

function NothingFound({ isFiltered }: { readonly isFiltered: boolean }) {
  return isFiltered ? (
    <Empty title="No message agrees with all of that.">
      Take a filter away. What was purged is not found any more: see <Link to="/log">the log</Link>.
    </Empty>
  ) : (
    <Empty title="No message has been handed in yet.">Senders hand them in with POST /api/v1/messages.</Empty>
  );
}

/** Times are the reader's; the API wants them with their zone. */
function sentOf({ since, until, ...rest }: Filter): Filter {
  return {
    ...rest,
    ...(since !== undefined && { since: new Date(since).toISOString() }),
    ...(until !== undefined && { until: new Date(until).toISOString() }),
  };
}

function Name({ message: { id, senderId } }: { readonly message: Message }) {
  return (
    <>
      <Link to={`/messages/${id}`}>
        <code>{id}</code>
      </Link>
      {senderId !== null && senderId !== id && <span className="quiet sender-id"> {senderId}</span>}
    </>
  );
}
