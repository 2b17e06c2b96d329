/**
 * Finds which patterns match a message type. Types are segments between dots; in a pattern `*` stands for one segment and a `>` at the
 * end for one or more. Patterns share a tree by segment, so that a look-up costs the length of the type, not the number of patterns.
 */
export interface SubscriptionMatcher<Subscriber> {
  /** The subscribers with a pattern that matches, each once, in the order they were added. */
  match(type: string): readonly Subscriber[];
}

interface Branch {
  readonly literal: Map<string, Branch>;
  wildcard: Branch | null;
  /** Subscribers whose pattern ends here, and those whose pattern ends with a `>` here, by their position. */
  readonly ends: number[];
  readonly rests: number[];
}

/** Looked-up types are remembered: senders use few. */
const MOST_REMEMBERED = 1_000;

/** What is wrong with a pattern; null when nothing is. */
export function patternProblem(pattern: string): string | null {
  const segments = pattern.split('.');
  if (segments.includes('')) return 'expected segments between dots, got an empty one';
  if (segments.slice(0, -1).includes('>')) return 'expected > at the end only';
  const mixed = segments.find((segment) => segment.length > 1 && /[*>]/.test(segment));
  return mixed === undefined ? null : `expected * or > to be a whole segment, got ${mixed}`;
}

export function createSubscriptionMatcher<Subscriber>(
  subscriptions: Iterable<readonly [subscriber: Subscriber, patterns: readonly string[]]>,
): SubscriptionMatcher<Subscriber> {
  const root = newBranch();
  const subscribers: Subscriber[] = [];
  for (const [subscriber, patterns] of subscriptions) {
    for (const pattern of patterns) add(root, pattern.split('.'), subscribers.length);
    subscribers.push(subscriber);
  }
  const remembered = new Map<string, readonly Subscriber[]>();

  return {
    match(type) {
      let found = remembered.get(type);
      if (found === undefined) {
        const positions = [...find(root, type.split('.'))].sort((a, b) => a - b);
        found = positions.map((position) => subscribers[position] as Subscriber);
        if (remembered.size >= MOST_REMEMBERED) remembered.clear();
        remembered.set(type, found);
      }
      return found;
    },
  };
}

function newBranch(): Branch {
  return { literal: new Map(), wildcard: null, ends: [], rests: [] };
}

function add(root: Branch, segments: readonly string[], position: number): void {
  let branch = root;
  for (const [i, segment] of segments.entries()) {
    if (segment === '>' && i === segments.length - 1) {
      branch.rests.push(position);
      return;
    }
    branch = segment === '*' ? (branch.wildcard ??= newBranch()) : literalBranch(branch, segment);
  }
  branch.ends.push(position);
}

function literalBranch(branch: Branch, segment: string): Branch {
  let next = branch.literal.get(segment);
  if (next === undefined) {
    next = newBranch();
    branch.literal.set(segment, next);
  }
  return next;
}

/** Walks all branches that fit at once, level by level; there are never more of them than patterns. */
function find(root: Branch, segments: readonly string[]): Set<number> {
  const found = new Set<number>();
  let level: Branch[] = [root];
  for (const segment of segments) {
    const next: Branch[] = [];
    for (const { rests, literal, wildcard } of level) {
      for (const position of rests) found.add(position);
      const exact = literal.get(segment);
      if (exact !== undefined) next.push(exact);
      if (wildcard !== null) next.push(wildcard);
    }
    level = next;
  }
  for (const { ends } of level) for (const position of ends) found.add(position);
  return found;
}
