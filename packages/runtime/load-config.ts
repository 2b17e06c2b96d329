import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { codeOf } from './error-code.ts';
import { type ConfigLocation, type Environment, locateConfig } from './locate-config.ts';

/** What is wrong in a configuration file, or worth a look. */
export interface Problem {
  readonly file: string;
  readonly line: number | null;
  readonly key: string | null;
  readonly message: string;
}

type Reading<Config> =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] };

/** The text of a file that a value names, or why there is none, in words. */
type ReadFile = (path: string) => { readonly text: string } | { readonly problem: string };

/** Core's `parseConfig`. It is handed in, since this package knows how a process runs but not what our settings are. */
export type ConfigParser<Config> = (
  text: string,
  options: { file: string; env: Environment; readFile: ReadFile },
) => Reading<Config>;

export type LoadedConfig<Config> = Reading<Config> & ConfigLocation;

export interface LoadConfigOptions<Config> {
  readonly parseConfig: ConfigParser<Config>;
  readonly env: Environment;
  /** What `PYC_ROOT` falls back to. */
  readonly root?: string | undefined;
}

/** Finds, reads and parses the configuration; `database.path` comes out absolute, a relative one starting from the root. */
export async function loadConfig<Config extends { database: { path: string } }>({
  parseConfig,
  env,
  root,
}: LoadConfigOptions<Config>): Promise<LoadedConfig<Config>> {
  const location = locateConfig(env, { root });
  const text = await readText(location);
  if (!text.ok) return { ...location, ok: false, problems: [text.problem], warnings: [] };
  const parsed = parseConfig(text.text, { file: location.file, env, readFile: readFileBelow(location.root) });
  if (!parsed.ok) return { ...location, ...parsed };
  const { config } = parsed;
  const path = resolve(location.root, config.database.path);
  return { ...location, ...parsed, config: { ...config, database: { ...config.database, path } } };
}

/** A relative path starts from the root. One line break at the end is not part of what an editor was asked to save. */
function readFileBelow(root: string): ReadFile {
  return (path) => {
    try {
      return { text: readFileSync(resolve(root, path), 'utf8').replace(/\r?\n$/, '') };
    } catch (error) {
      return { problem: `expected the file ${path}, got ${codeOf(error) ?? String(error)} when reading it` };
    }
  };
}

type Text = { ok: true; text: string } | { ok: false; problem: Problem };

async function readText({ root, file }: ConfigLocation): Promise<Text> {
  const failed = (message: string): Text => ({ ok: false, problem: { file, line: null, key: null, message } });
  try {
    const bytes = await readFile(file);
    return { ok: true, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return failed('expected text in UTF-8, got something else');
    const got = code === 'ENOENT' ? 'no file' : `${code ?? String(error)} when reading it`;
    return failed(
      `expected the configuration here, got ${got}: its place is PYC_ROOT (now ${root}) followed by PYC_CONFIG`,
    );
  }
}

/** A problem on one line: `FILE:LINE: KEY: MESSAGE`. */
export function describeProblem({ file, line, key, message }: Problem): string {
  const place = line === null ? file : `${file}:${line}`;
  return [place, ...(key === null ? [] : [key]), message].join(': ').replace(/\p{Cc}/gu, ' ');
}
