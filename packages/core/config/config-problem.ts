/** What is wrong in a configuration, or worth a look when it is a warning. */
export interface ConfigProblem {
  readonly file: string;
  /** Counted from 1; null when no place in the file is to blame, as for a key that is missing. */
  readonly line: number | null;
  /** Dotted, list items by index: `delivery.network.allow[2]`. Null when the whole document is meant. */
  readonly key: string | null;
  /** What was expected and what was got, in words. Never a secret. */
  readonly message: string;
}

/** A place in the tree of values: keys of mappings, indexes of lists. */
export type Path = readonly (string | number)[];

/** A problem whose place in the file has not been looked up yet. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
}

export function keyOf(path: Path): string {
  return path.reduce<string>((key, segment) => {
    if (typeof segment === 'number') return `${key}[${segment}]`;
    return key === '' ? segment : `${key}.${segment}`;
  }, '');
}
