import type { Node, NodePatch, NodePolicyPatch } from '#client';

/** Settings as they stand in the form: all of them texts. */
export interface Draft {
  readonly name: string;
  readonly url: string;
  readonly ordering: string;
  readonly subscriptions: string;
  readonly fixed: string;
  readonly progressive: string;
  readonly max: string;
  readonly timeout: string;
  readonly concurrency: string;
}

export const POLICY_FIELDS = [
  { name: 'fixed', label: 'First retry after', hint: 'seconds' },
  { name: 'progressive', label: 'Each further one later by', hint: 'seconds' },
  { name: 'max', label: 'Frozen after', hint: 'failures; 0: never' },
  { name: 'timeout', label: 'Time for an attempt', hint: 'seconds' },
  { name: 'concurrency', label: 'At the same time', hint: 'requests' },
] as const;

export function draftOf({ name, url, ordering, subscriptions, policy }: Node): Draft {
  const text = (value: number | undefined) => (value === undefined ? '' : String(value));
  return {
    name,
    url,
    ordering,
    subscriptions: subscriptions.join('\n'),
    fixed: text(policy.retry?.delay?.fixed),
    progressive: text(policy.retry?.delay?.progressive),
    max: text(policy.retry?.max),
    timeout: text(policy.timeout),
    concurrency: text(policy.concurrency),
  };
}

/** What was changed, and nothing else; an override that was emptied goes. */
export function patchOf(node: Node, draft: Draft): NodePatch {
  const before = draftOf(node);
  const differs = (name: keyof Draft) => draft[name].trim() !== before[name];
  const policy = policyPatch(draft, differs);
  return {
    ...(differs('name') && { name: draft.name.trim() }),
    ...(differs('url') && { url: draft.url.trim() }),
    ...(differs('ordering') && { ordering: draft.ordering === 'fifo' ? 'fifo' : 'none' }),
    ...(differs('subscriptions') && { subscriptions: draft.subscriptions.split(/\s+/).filter(Boolean) }),
    ...(Object.keys(policy).length > 0 && { policy }),
  };
}

function policyPatch(draft: Draft, differs: (name: keyof Draft) => boolean): NodePolicyPatch {
  const delay = {
    ...(differs('fixed') && { fixed: numberOf(draft.fixed) }),
    ...(differs('progressive') && { progressive: numberOf(draft.progressive) }),
  };
  const retry = {
    ...(Object.keys(delay).length > 0 && { delay }),
    ...(differs('max') && { max: numberOf(draft.max) }),
  };
  return {
    ...(differs('timeout') && { timeout: numberOf(draft.timeout) }),
    ...(differs('concurrency') && { concurrency: numberOf(draft.concurrency) }),
    ...(Object.keys(retry).length > 0 && { retry }),
  };
}

/** Null removes an override. The field takes nothing but numbers; which of them will do is for the API to say. */
function numberOf(text: string): number | null {
  return text.trim() === '' ? null : Number(text);
}
