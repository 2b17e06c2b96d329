import type { Credentials } from '#client';
import { UsageError } from './command-error.ts';

/** What the options say of where the orchestrator is, and of who asks. */
export interface Connection {
  readonly url?: string;
  readonly username?: string;
  readonly password?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const URL_OF_NPM_START = 'http://127.0.0.1:8080';
const FIRST_USER = 'admin';

/** An option counts more than the environment, which counts more than what `npm start` uses. */
export function urlOf({ url }: Connection, env: Environment): string {
  const given = url ?? (env['ORCHESTRATOR_URL'] || URL_OF_NPM_START);
  if (URL.canParse(given) && /^https?:\/\//i.test(given)) return given;
  throw new UsageError(`--url: expected an address such as ${URL_OF_NPM_START}, got ${JSON.stringify(given)}`);
}

/** A user where a password is given, else a node by its key; when sending the other way round. */
export function credentialsOf(
  { username, password }: Connection,
  env: Environment,
  { sending }: { readonly sending: boolean },
): Credentials {
  const user = {
    username: username ?? (env['ORCHESTRATOR_USERNAME'] || FIRST_USER),
    password: password ?? env['ORCHESTRATOR_PASSWORD'] ?? '',
  };
  const apiKey = env['ORCHESTRATOR_API_KEY'] ?? '';
  const isExplicit = username !== undefined || password !== undefined;
  if (apiKey !== '' && !isExplicit && (sending || user.password === '')) return { apiKey };
  if (user.password !== '') return user;
  throw new UsageError(
    'expected credentials: set ORCHESTRATOR_PASSWORD (npm start prints the first one of admin), or ORCHESTRATOR_API_KEY to a key of a node',
  );
}
