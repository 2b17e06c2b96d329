import { expectedOf, statusOf } from './expected.ts';
import { nameOf, type Row } from './rows.ts';
import { CALLERS, type Caller } from './world.ts';

const INTRODUCTION = `# Who may do what

Made from the description of the API by \`ACCESS_FILE=docs/access.md npx jest tests/security/access\`, which makes each of these calls.
It is about two nodes: **node** sent a message to **other node**, and has what a call names. An expired token is an administrator's, an
expired key is that of the node, and the foreign page uses an administrator's session in a browser. A user is whoever has the role;
"itself" is the caller. What a node may not see is a 404, the same as for what there never was. "none" is an empty list.
`;

/** `docs/access.md`: the table as Markdown, its columns as wide as their widest cell. */
export function accessTable(rows: readonly Row[]): string {
  const cells = [
    ['operation', 'names', ...CALLERS],
    ...rows.map((row) => [`\`${nameOf(row.operation)}\``, row.names, ...CALLERS.map((caller) => cellOf(row, caller))]),
  ];
  const widths = (cells[0] ?? []).map((_, column) => Math.max(3, ...cells.map((line) => line[column]?.length ?? 0)));
  const line = (texts: readonly string[]) => `| ${texts.map((text, i) => text.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = cells;
  return [INTRODUCTION, line(head), line(widths.map((width) => '-'.repeat(width))), ...body.map(line), ''].join('\n');
}

function cellOf(row: Row, caller: Caller): string {
  const outcome = expectedOf(row, caller);
  const status = statusOf(row, outcome);
  return outcome === 'nothing' ? `${status}, none` : String(status);
}
