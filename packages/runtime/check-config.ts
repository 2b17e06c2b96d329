import { describeProblem, loadConfig, type LoadConfigOptions, type LoadedConfig } from './load-config.ts';

/** EX_CONFIG of sysexits.h. */
export const CONFIG_ERROR = 78;

/** What `config check` prints, and the status it exits with: what a start with this configuration would print and exit with, but nothing is started. */
export async function checkConfig<Config extends { database: { path: string } }>({
  env = process.env,
  ...options
}: Omit<LoadConfigOptions<Config>, 'env'> & Partial<Pick<LoadConfigOptions<Config>, 'env'>>): Promise<{
  lines: string[];
  status: number;
}> {
  const loaded = await loadConfig({ env, ...options });
  return { lines: describeLoaded(loaded), status: loaded.ok ? 0 : CONFIG_ERROR };
}

export function describeLoaded(loaded: LoadedConfig<unknown>): string[] {
  const warnings = loaded.warnings.map((warning) => `warning: ${describeProblem(warning)}`);
  if (loaded.ok) return [...warnings, `${loaded.file}: the configuration is fine`];
  return [...warnings, ...loaded.problems.map((problem) => `error: ${describeProblem(problem)}`)];
}
