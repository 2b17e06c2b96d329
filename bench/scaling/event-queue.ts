interface Event {
  readonly at: number;
  readonly happen: () => void;
}

/** What will happen, soonest first: a binary heap. */
export class EventQueue {
  readonly #events: Event[] = [];
  #now = 0;

  /** The time of what is happening, in seconds. */
  get now(): number {
    return this.#now;
  }

  /** `delay` seconds from now. */
  after(delay: number, happen: () => void): void {
    const event = { at: this.#now + delay, happen };
    let hole = this.#events.push(event) - 1;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      const above = this.#events[parent];
      if (above === undefined || above.at <= event.at) break;
      this.#events[hole] = above;
      hole = parent;
    }
    this.#events[hole] = event;
  }

  /** Lets everything happen up to a time. */
  runUntil(end: number): void {
    for (let next = this.#events[0]; next !== undefined && next.at <= end; next = this.#events[0]) {
      this.#now = next.at;
      this.#removeFirst();
      next.happen();
    }
    this.#now = end;
  }

  #removeFirst(): void {
    const last = this.#events.pop();
    if (last === undefined || this.#events.length === 0) return;
    let hole = 0;
    for (;;) {
      const left = hole * 2 + 1;
      const right = left + 1;
      const [one, other] = [this.#events[left], this.#events[right]];
      const child = other !== undefined && one !== undefined && other.at < one.at ? right : left;
      const below = this.#events[child];
      if (below === undefined || below.at >= last.at) break;
      this.#events[hole] = below;
      hole = child;
    }
    this.#events[hole] = last;
  }
}
