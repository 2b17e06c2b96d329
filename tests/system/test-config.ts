import { parseConfig, type Config } from '#core';
import { stringify } from 'yaml';

/** What a test sets of the configuration, as nested as the file. */
export interface ConfigChange {
  readonly [key: string]: string | number | boolean | readonly string[] | ConfigChange;
}

const base: ConfigChange = {
  server: { port: 0 },
  worker: { port: 0 },
  delivery: {
    interval: 3600,
    startup: { workers: 16 },
    retry: { delay: { fixed: 1, progressive: 1 }, max: 4 },
    timeout: 5,
    network: { allow: ['127.0.0.1'] },
  },
  purge: { interval: 0 },
  security: {
    admin: { password: 'only for the tests' },
    secret: 'bGV0IHVzIHRlc3QgdGhpcyB3aXRoIGEgbG9uZyBlbm91Z2ggc2VjcmV0',
  },
  log: { level: 'debug', format: 'json' },
};

/** The text of a configuration file: short delays, no sweep to help out, nodes on this machine allowed; and what is changed, the later of two changes counting. */
export function configText(...changes: readonly ConfigChange[]): string {
  return stringify(changes.reduce(merge, base));
}

/** The same as a process reads it. */
export function testConfig(change: ConfigChange): Config {
  const parsed = parseConfig(configText(change), { file: 'the test', env: {} });
  if (!parsed.ok) throw new Error(parsed.problems.map(({ key, message }) => `${key}: ${message}`).join('; '));
  return parsed.config;
}

function merge(under: ConfigChange, over: ConfigChange): ConfigChange {
  const merged: Record<string, ConfigChange[string]> = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const below = under[key];
    merged[key] = isSection(value) && isSection(below) ? merge(below, value) : value;
  }
  return merged;
}

function isSection(value: unknown): value is ConfigChange {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
