import Table from 'cli-table3';
import { printable, shorten } from './printable.ts';

export type Cell = string | number | boolean | null;

/** Characters of one cell: an id, an address or an error fits, a list of hundreds does not push the rest off the screen. */
const WIDEST = 72;

/** Columns without lines around them, as one copies from; `nothing` when there is no row. */
export function renderTable(head: readonly string[], rows: readonly (readonly Cell[])[], nothing: string): string {
  if (rows.length === 0) return nothing;
  const table = new Table({ ...PLAIN, head: [...head] });
  for (const row of rows) table.push(row.map(renderCell));
  return withoutTrailingSpaces(table.toString());
}

/** One line a field, names on the left; fields without a value are left out. */
export function renderFields(fields: Readonly<Record<string, Cell | undefined>>): string {
  const table = new Table(PLAIN);
  for (const [name, value] of Object.entries(fields)) {
    if (value !== null && value !== undefined && value !== '') table.push([name, printable(String(value))]);
  }
  return withoutTrailingSpaces(table.toString());
}

function renderCell(value: Cell): string {
  return value === null || value === '' ? '-' : printable(shorten(String(value), WIDEST));
}

function withoutTrailingSpaces(text: string): string {
  return text.replaceAll(/ +$/gm, '');
}

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
};

const PLAIN = { chars: NO_LINES, style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 } };
