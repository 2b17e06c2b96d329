import type { Api, CallOptions } from '../http/api.ts';
import type { Role } from './users.ts';

export interface Session {
  readonly username: string;
  readonly role: Role;
}

/** Signing in with a browser, which keeps the cookie; whoever has no browser is signed in by the client's credentials. */
export interface SessionResource {
  signIn(username: string, password: string, options?: CallOptions): Promise<Session>;
  /** Who one is, by the cookie or by the credentials. */
  get(options?: CallOptions): Promise<Session>;
  /** Takes the cookie away. */
  signOut(options?: CallOptions): Promise<void>;
}

const PATH = '/api/v1/session';

export function createSession(api: Api): SessionResource {
  return {
    signIn: (username, password, options) =>
      api.call({ method: 'POST', path: PATH, body: { username, password }, ...options }),
    get: (options) => api.call({ method: 'GET', path: PATH, ...options }),
    signOut: (options) => api.call({ method: 'DELETE', path: PATH, ...options }),
  };
}
