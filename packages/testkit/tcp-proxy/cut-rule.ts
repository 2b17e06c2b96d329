import type { Direction, Link, Watch } from './link.ts';

/** Where a connection is cut. */
export interface CutRule {
  /** Bytes to the server that it is about: a statement's name, a command. */
  readonly pattern: string;
  /** `before`: they never reach the server. `answered`: the server has done as it was told, and its answer never reaches the client. */
  readonly moment: 'before' | 'answered';
}

interface Waiting extends CutRule {
  cut(): void;
}

/** Looks for what connections are to be cut at. */
export function createPatternWatch(): { watch: Watch; cutAt(rule: CutRule): Promise<void> } {
  let waiting: Waiting | undefined;
  /** The connection whose answer is waited for. */
  let asked: Link | undefined;
  /** The end of the last chunk of each connection, since a pattern may come in two. */
  const tails = new WeakMap<Link, string>();

  function cut(link: Link, { cut: tell }: Waiting): false {
    waiting = undefined;
    asked = undefined;
    link.reset();
    tell();
    return false;
  }
  function isSeen({ pattern }: Waiting, chunk: Buffer, link: Link): boolean {
    const text = (tails.get(link) ?? '') + chunk.toString('latin1');
    tails.set(link, text.slice(-pattern.length));
    return text.includes(pattern);
  }
  function watch(chunk: Buffer, direction: Direction, link: Link): boolean {
    if (waiting === undefined) return true;
    if (direction === 'to-client') return asked === link ? cut(link, waiting) : true;
    if (asked !== undefined || !isSeen(waiting, chunk, link)) return true;
    if (waiting.moment === 'before') return cut(link, waiting);
    asked = link;
    return true;
  }
  return {
    watch,
    cutAt: (rule) => new Promise((resolve) => (waiting = { ...rule, cut: resolve })),
  };
}
