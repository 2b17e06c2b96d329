/**
 * Puts each text between `<!-- figures: NAME -->` and `<!-- end -->`, so that figures and document can't part.
 * @throws Error naming a marker that nothing is known for, or one that has no end.
 */
export function fillMarkers(document: string, texts: Readonly<Record<string, string>>): string {
  const opened = document.match(MARKER)?.length ?? 0;
  let filled = 0;
  const result = document.replace(BLOCK, (_, marker: string, name: string) => {
    filled += 1;
    const text = texts[name];
    if (text === undefined)
      throw new Error(`nothing is known for the marker ${name}; known: ${Object.keys(texts).join(', ')}`);
    return `${marker}\n\n${text.trim()}\n\n<!-- end -->`;
  });
  if (filled !== opened) throw new Error(`${opened} markers begin and ${filled} of them end`);
  return result;
}

const MARKER = /<!-- figures: [a-z-]+ -->/g;
const BLOCK = /(<!-- figures: ([a-z-]+) -->)(?:(?!<!-- figures)[^])*?<!-- end -->/g;

/** A table in Markdown. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
