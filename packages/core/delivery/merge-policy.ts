import type { PolicyOverrides } from './policy.ts';

/** A change to overrides: what is absent stays, what is null goes (RFC 7396, JSON merge patch). */
export interface PolicyPatch {
  readonly batch?: number | null | undefined;
  readonly timeout?: number | null | undefined;
  readonly concurrency?: number | null | undefined;
  readonly retry?:
    | {
        readonly delay?:
          | { readonly fixed?: number | null | undefined; readonly progressive?: number | null | undefined }
          | null
          | undefined;
        readonly max?: number | null | undefined;
      }
    | null
    | undefined;
}

/** A node's overrides after a change. */
export function mergePolicy(policy: PolicyOverrides, patch: PolicyPatch): PolicyOverrides {
  return mergePatch(policy, patch);
}

function mergePatch(target: object, patch: object): object {
  const merged = new Map<string, unknown>(Object.entries(target));
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    if (value === null) merged.delete(key);
    else merged.set(key, isObject(value) ? mergePatch(asObject(merged.get(key)), value) : value);
  }
  return Object.fromEntries(merged);
}

function asObject(value: unknown): object {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
