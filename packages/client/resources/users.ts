import type { Api, CallOptions } from '../http/api.ts';
import { createList, segment, type List } from './paging.ts';

/** `admin`: everything; `operator`: everything but users, keys and secrets; `viewer`: reading, but users and keys. */
export type Role = 'admin' | 'operator' | 'viewer';

export interface User {
  readonly id: string;
  readonly username: string;
  readonly role: Role;
}

export interface UserInput {
  readonly username: string;
  readonly password: string;
  readonly role: Role;
}

/** For administrators. */
export interface Users extends List<User, object> {
  get(id: string, options?: CallOptions): Promise<User>;
  create(user: UserInput, options?: CallOptions): Promise<User>;
  patch(id: string, change: Partial<UserInput>, options?: CallOptions): Promise<User>;
  delete(id: string, options?: CallOptions): Promise<void>;
}

const PATH = '/api/v1/users';

export function createUsers(api: Api): Users {
  const pathOf = (id: string) => `${PATH}/${segment(id)}`;
  return {
    ...createList<User, object>(api, PATH),
    get: (id, options) => api.call({ method: 'GET', path: pathOf(id), ...options }),
    create: (body, options) => api.call({ method: 'POST', path: PATH, body, ...options }),
    patch: (id, body, options) => api.call({ method: 'PATCH', path: pathOf(id), body, ...options }),
    delete: (id, options) => api.call({ method: 'DELETE', path: pathOf(id), ...options }),
  };
}
