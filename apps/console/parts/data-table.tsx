import {
  createSortedRowModel,
  rowSortingFeature,
  sortFn_alphanumeric,
  sortFn_basic,
  tableFeatures,
  useTable,
  type ColumnDef,
  type SortingState,
} from '@tanstack/react-table';
import type { ReactNode } from 'react';

const features = tableFeatures({
  rowSortingFeature,
  sortedRowModel: createSortedRowModel(),
  sortFns: { alphanumeric: sortFn_alphanumeric, basic: sortFn_basic },
});

export interface Column<Row> {
  readonly id: string;
  readonly title: string;
  readonly cell: (row: Row) => ReactNode;
  /** What the column is sorted by; it is not, without. Largest first. */
  readonly by?: (row: Row) => number | string;
  readonly align?: 'end';
  /** Left out where there is little room. */
  readonly wide?: boolean;
}

interface DataTableProps<Row> {
  readonly caption: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** What it is sorted by at first. */
  readonly sorting?: SortingState;
}

/** A table that is sorted by its headers. Rows become cards where there is little room. */
export function DataTable<Row extends object>({ caption, columns, rows, keyOf, sorting = [] }: DataTableProps<Row>) {
  const table = useTable({
    features,
    columns: columns.map((column) => definitionOf(column)),
    data: rows,
    getRowId: keyOf,
    initialState: { sorting },
  });
  const byId = new Map(columns.map((column) => [column.id, column]));
  return (
    <div className="table">
      <table>
        <caption className="unseen">{caption}</caption>
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {group.headers.map(({ column }) => (
                <Header
                  key={column.id}
                  look={byId.get(column.id)}
                  sorted={column.getCanSort() ? column.getIsSorted() : null}
                  sort={() => column.toggleSorting()}
                />
              ))}
            </tr>
          ))}
        </thead>
        <tbody>
          {table.getRowModel().rows.map((row) => (
            <tr key={row.id}>
              {columns.map(({ id, title, cell, align, wide }) => (
                <td key={id} data-title={title} className={classOf({ align, wide })}>
                  {cell(row.original)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function definitionOf<Row extends object>({ id, title, by }: Column<Row>): ColumnDef<typeof features, Row> {
  if (by === undefined) return { id, header: title, enableSorting: false };
  return { id, header: title, accessorFn: by, sortDescFirst: true };
}

interface HeaderProps<Row> {
  readonly look: Column<Row> | undefined;
  /** Null where the column is not sorted by. */
  readonly sorted: 'asc' | 'desc' | false | null;
  readonly sort: () => void;
}

const ARROWS = { asc: '↑', desc: '↓' } as const;
const WORDS = { asc: 'ascending', desc: 'descending' } as const;

function Header<Row>({ look, sorted, sort }: HeaderProps<Row>) {
  const title = look?.title ?? '';
  return (
    <th scope="col" className={classOf(look ?? {})} aria-sort={sorted ? WORDS[sorted] : undefined}>
      {sorted === null ? (
        title
      ) : (
        <button type="button" className="sort" onClick={sort}>
          {title} <span aria-hidden="true">{sorted ? ARROWS[sorted] : ''}</span>
        </button>
      )}
    </th>
  );
}

function classOf({
  align,
  wide,
}: {
  readonly align?: 'end' | undefined;
  readonly wide?: boolean | undefined;
}): string | undefined {
  const classes = [align === 'end' ? 'number' : '', wide ? 'wide' : ''].filter(Boolean).join(' ');
  return classes === '' ? undefined : classes;
}
