import type { FleetMember } from '#client';
import { Moment } from '../../parts/moment.tsx';
import { Empty } from '../../parts/notices.tsx';
import { DataTable, type Column } from '../../parts/data-table.tsx';

const columns: readonly Column<FleetMember>[] = [
  {
    id: 'worker',
    title: 'Worker',
    cell: ({ id, alive }) => (
      <>
        <code>{id}</code> {!alive && <span className="tone-bad">silent</span>}
      </>
    ),
    by: ({ id }) => id,
  },
  { id: 'busy', title: 'Slots busy', align: 'end', cell: (worker) => <Slots {...worker} />, by: ({ busy }) => busy },
  { id: 'version', title: 'Version', cell: ({ version }) => version, wide: true },
  {
    id: 'seen',
    title: 'Last seen',
    align: 'end',
    cell: ({ seenAt }) => <Moment at={seenAt} relative />,
    by: ({ seenAt }) => seenAt,
  },
];

/** Who delivers, and how busy each is. */
export function Fleet({ workers }: { readonly workers: readonly FleetMember[] }) {
  if (workers.length === 0) {
    return (
      <Empty title="No worker has been heard of.">
        Start one with <code>npm run worker</code>, or <code>docker compose up --scale worker=2</code>.
      </Empty>
    );
  }
  return <DataTable caption="Workers" columns={columns} rows={workers} keyOf={({ id }) => id} />;
}

function Slots({ busy, slots, suspects }: FleetMember) {
  return (
    <span className="slots" title={suspects === 0 ? '' : `${suspects} of them on nodes that do not answer`}>
      <meter
        min={0}
        max={Math.max(slots, 1)}
        value={Math.min(busy, slots)}
        aria-label={`${busy} of ${slots} slots busy`}
      />{' '}
      {busy} of {slots}
    </span>
  );
}
