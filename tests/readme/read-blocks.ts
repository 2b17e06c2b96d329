/** A fenced block of shell lines, and the terminal that it is pasted into. */
export interface ShellBlock {
  readonly terminal: string;
  readonly lines: string;
}

/**
 * The `bash` blocks of one section of a Markdown text, in order. Each goes to the terminal that was last named in bold before it:
 * `**Terminal 2**`.
 */
export function readBlocks(markdown: string, heading: string): ShellBlock[] {
  const section = markdown.split(/^## /m).find((part) => part.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`there is no section ${JSON.stringify(heading)}`);
  let terminal = '';
  return [...section.matchAll(/\*\*terminal (\d+)\*\*|^```bash\n(.*?)^```$/gims)].flatMap(([, named, lines]) => {
    terminal = named ?? terminal;
    return lines === undefined ? [] : [{ terminal, lines }];
  });
}
