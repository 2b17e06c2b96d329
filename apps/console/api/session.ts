import { useQuery, useQueryClient } from '@tanstack/react-query';
import { call, CallError, get } from './call.ts';

export type Role = 'admin' | 'operator' | 'viewer';

export interface Session {
  readonly username: string;
  readonly role: Role;
}

/** What is known of who is signed in. */
export const SESSION_KEY = ['session'];

/** Who is signed in: undefined until it is known, null for nobody. */
export function useSession(): { readonly session: Session | null | undefined; readonly error: Error | null } {
  const { data, error } = useQuery({ queryKey: SESSION_KEY, queryFn: whoIsThere, staleTime: 60_000, retry: false });
  return { session: data, error };
}

async function whoIsThere(): Promise<Session | null> {
  try {
    return await get<Session>('/session');
  } catch (error) {
    if (error instanceof CallError && error.status === 401) return null;
    throw error;
  }
}

/** Signing in and out; everything that was read as someone else is forgotten. */
export function useSigning() {
  const queries = useQueryClient();
  function become(session: Session | null): void {
    queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION_KEY[0] });
    queries.setQueryData(SESSION_KEY, session);
  }
  return {
    async signIn(username: string, password: string): Promise<void> {
      become(await call<Session>('POST', '/session', { username, password }));
    },
    async signOut(): Promise<void> {
      await call('DELETE', '/session');
      become(null);
    },
  };
}

/** What someone may do: see the table of rights in the contract, section 4. */
export function rightsOf(role: Role) {
  return { operate: role !== 'viewer', administrate: role === 'admin' };
}
