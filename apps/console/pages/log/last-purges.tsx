import type { LogRecord } from '#client';
import { useQuery } from '@tanstack/react-query';
import { get, type Page } from '../../api/call.ts';
import { DataTable, type Column } from '../../parts/data-table.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Empty } from '../../parts/notices.tsx';
import { Reading } from '../../parts/reading.tsx';
import { count } from '../../words/numbers.ts';

const LAST = 5;

const columns: readonly Column<LogRecord>[] = [
  { id: 'at', title: 'Last purges', cell: ({ at }) => <Moment at={at} /> },
  { id: 'actor', title: 'By', cell: ({ actor }) => actor },
  { id: 'delivered', title: 'Delivered messages', align: 'end', cell: (record) => removed(record, 'delivered') },
  { id: 'frozen', title: 'Frozen messages', align: 'end', cell: (record) => removed(record, 'frozen') },
  { id: 'log', title: 'Log records', align: 'end', cell: (record) => removed(record, 'log') },
];

/** What the last purges removed. One that found nothing leaves no record. */
export function LastPurges() {
  const query = useQuery({
    queryKey: ['log', 'purges'],
    queryFn: async () => (await get<Page<LogRecord>>(`/log?action=purge.finished&limit=${LAST}`)).items,
  });
  return (
    <Reading query={query} what="the last purges">
      {(records) =>
        records.length === 0 ? (
          <Empty title="No purge has removed anything yet." />
        ) : (
          <DataTable caption="The last purges" columns={columns} rows={records} keyOf={({ id }) => id} />
        )
      }
    </Reading>
  );
}

function removed({ detail }: LogRecord, kind: string): string {
  const number: unknown = typeof detail === 'object' && detail !== null ? Reflect.get(detail, kind) : undefined;
  return typeof number === 'number' ? count(number) : '—';
}
