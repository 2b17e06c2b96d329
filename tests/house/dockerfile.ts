/** One line of a Dockerfile: `COPY a b` is the instruction `COPY` with the argument `a b`. */
export interface Instruction {
  readonly keyword: string;
  readonly argument: string;
}

export interface Stage {
  /** As in `FROM image AS name`; of the last one, its number. */
  readonly name: string;
  readonly instructions: readonly Instruction[];
}

/** Reads as much of a Dockerfile's language as ours uses. */
export function readDockerfile(text: string): Stage[] {
  const lines = text
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const stages: { name: string; instructions: Instruction[] }[] = [];
  for (const line of lines) {
    const [, keyword = '', argument = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
    if (keyword === 'FROM') {
      stages.push({ name: / AS (\w+)$/.exec(argument)?.[1] ?? String(stages.length), instructions: [] });
    } else {
      stages.at(-1)?.instructions.push({ keyword, argument });
    }
  }
  return stages;
}

/** `["a", "b"]` after CMD, and at the end of HEALTHCHECK. */
export function readList(argument: string): string[] {
  return JSON.parse(argument.slice(argument.indexOf('['))) as string[];
}

/** Whether a file of the context is left out of it, by a .dockerignore: the last pattern that fits it or a folder above decides. */
export function createIgnore(text: string): (path: string) => boolean {
  const patterns = text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => ({ isException: line.startsWith('!'), regex: toRegex(line.replace(/^!/, '')) }));
  return (path) => {
    const decisive = patterns.findLast(({ regex }) => regex.test(path));
    return decisive !== undefined && !decisive.isException;
  };
}

function toRegex(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^$()|[\]{}]/g, '\\$&')
    .replace(/\*\*\/|\*/g, (wildcard) => (wildcard === '*' ? '[^/]*' : '(?:.*/)?'));
  return new RegExp(`^${source}(?:/.*)?$`);
}
