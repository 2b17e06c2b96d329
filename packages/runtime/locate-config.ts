import { join, resolve } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface ConfigLocation {
  /** The absolute folder that relative paths in the configuration start from. */
  readonly root: string;
  /** The configuration file: `PYC_ROOT` followed by `PYC_CONFIG`. */
  readonly file: string;
}

const DEFAULT_ROOT = '/';
const DEFAULT_CONFIG = '/config/application.yaml';

/** `PYC_ROOT` and `PYC_CONFIG` fall back each by itself; `root` is what the first falls back to, `/` unless given. Empty is as good as not set. */
export function locateConfig(
  env: Environment,
  { root = DEFAULT_ROOT }: { root?: string | undefined } = {},
): ConfigLocation {
  const folder = resolve(env['PYC_ROOT'] || root);
  return { root: folder, file: join(folder, env['PYC_CONFIG'] || DEFAULT_CONFIG) };
}
