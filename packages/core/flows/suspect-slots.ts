/**
 * Lanes of suspect nodes take at most their share of a worker's slots, however many they are: a node that hangs costs the others nothing.
 * A lane that finds no place is remembered, and named as soon as one is free.
 */
export interface SuspectSlots {
  /** Whether there was a place; when not, `onFree` will name the node once there is. */
  enter(nodeId: string): boolean;
  leave(): void;
  /** Whether `onFree` will name the node. */
  isWaiting(nodeId: string): boolean;
  readonly busy: number;
}

export function createSuspectSlots(most: number, onFree: (nodeId: string) => void): SuspectSlots {
  const waiting = new Set<string>();
  let busy = 0;
  return {
    enter(nodeId) {
      if (busy >= most) {
        waiting.add(nodeId);
        return false;
      }
      waiting.delete(nodeId);
      busy += 1;
      return true;
    },
    leave() {
      busy -= 1;
      const [next] = waiting;
      if (next === undefined) return;
      waiting.delete(next);
      onFree(next);
    },
    isWaiting: (nodeId) => waiting.has(nodeId),
    get busy() {
      return busy;
    },
  };
}
