/** One command of a guide and what it printed. */
export interface Example {
  /** `npm run cli -- ...` as its reader has it: `orchestrator ...`. */
  readonly command: string;
  /** What is printed, as the guide has it. */
  readonly output: string;
  /** It goes on for as long as the guide is read: a node that listens. */
  readonly goesOn: boolean;
}

const BLOCK = /^```console( goes on)?\n(.*?)^```$/gms;

/** The examples of the `console` blocks of a Markdown text: a line after `$ ` is a command, and what follows is what it prints. */
export function readGuide(markdown: string): Example[] {
  return [...markdown.matchAll(BLOCK)].flatMap(([, goesOn, lines = '']) =>
    lines
      .split(/^\$ /m)
      .slice(1)
      .map((part) => {
        const [command = '', ...output] = part.split('\n');
        return { command, output: output.join('\n'), goesOn: goesOn !== undefined };
      }),
  );
}

/** The same text with what was printed in place of what it says. */
export function rewriteGuide(markdown: string, outputs: readonly string[]): string {
  const left = [...outputs];
  return markdown.replaceAll(BLOCK, (_, goesOn: string | undefined, lines: string) => {
    const commands = lines
      .split(/^\$ /m)
      .slice(1)
      .map((part) => part.split('\n')[0] ?? '');
    const parts = commands.map((command) => `$ ${command}\n${left.shift() ?? ''}`);
    return `\`\`\`console${goesOn ?? ''}\n${parts.join('')}\`\`\``;
  });
}

/** What is another each time it is printed, and so is compared by its kind only. */
const CHANCE: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, 'MOMENT'],
  // Of an attempt: its duration stands behind its start.
  [/(?<=MOMENT +)\d+(?= )/g, 'DURATION'],
  [/\b\d\d:\d\d:\d\d\b/g, 'TIME'],
  [/127\.0\.0\.1:\d+/g, 'ADDRESS'],
  [/whsec_[\w+/=-]+/g, 'SECRET'],
  [/pyc_[\w-]+/g, 'KEY'],
  [/[\w-]{20}(?= \(shown this once\))/g, 'PASSWORD'],
  [/\b[0-9a-f]{64}\b/g, 'DIGEST'],
  [/\b[\d.]+\/s/g, 'RATE'],
  [/\b\d+ (ms|s|min)\b/g, 'TIME SPAN'],
  // Of a worker: its host and process.
  [/^[\w.-]+:\d+(?= {2,})/gm, 'WORKER'],
  [/ {2,}/g, '  '],
];

/** A text with all that is chance about it named by its kind, columns as wide as they may be. */
export function withoutChance(text: string): string {
  return CHANCE.reduce((sofar, [pattern, kind]) => sofar.replaceAll(pattern, kind), text)
    .replaceAll(/ +$/gm, '')
    .trimEnd();
}
