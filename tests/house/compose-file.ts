import { parse } from 'yaml';
import { readOurs } from './our-files.ts';

/** What is asked here of a service in docker-compose.yml. */
export interface Service {
  readonly image: string;
  readonly user?: string;
  readonly profiles?: readonly string[];
  readonly container_name?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks: readonly string[];
  readonly depends_on?: Readonly<Record<string, { condition: string }>>;
  readonly healthcheck: { readonly test: readonly string[] };
  readonly read_only: boolean;
  readonly cap_drop: readonly string[];
  readonly security_opt: readonly string[];
  readonly restart: string;
  readonly stop_grace_period: string;
}

export const COMPOSE_FILE = 'docker-compose.yml';

/** `${NAME}`, and with `:-` what stands for a name that is not set or empty, or with `:?` what to say then. */
const VARIABLE = /\$\{(\w+)(?::([-?])([^}]*))?\}/g;

/** The services, with their variables filled in as Compose does. */
export function readServices(env: Readonly<Record<string, string>>): Readonly<Record<string, Service>> {
  const document = fill(parse(readOurs(COMPOSE_FILE), { merge: true }), env) as { services: Record<string, Service> };
  return document.services;
}

/** The names of the variables, and whether a start without one is refused. */
export function readVariables(): { readonly name: string; readonly isRequired: boolean }[] {
  const found = new Map(
    [...readOurs(COMPOSE_FILE).matchAll(VARIABLE)].map(([, name = '', kind]) => [name, kind !== '-'] as const),
  );
  return [...found].map(([name, isRequired]) => ({ name, isRequired }));
}

function fill(value: unknown, env: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string') return fillText(value, env);
  if (Array.isArray(value)) return value.map((item) => fill(item, env));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, fill(child, env)]));
}

function fillText(text: string, env: Readonly<Record<string, string>>): string {
  return text.replace(VARIABLE, (_match, name: string, kind: string | undefined, rest: string | undefined) => {
    const value = env[name] ?? '';
    if (value !== '') return value;
    if (kind !== '-') throw new Error(`${name} is not set: ${rest}`);
    return rest ?? '';
  });
}
