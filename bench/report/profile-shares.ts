/** What `--cpu-prof` writes, as far as it is read here. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
  }[];
  /** Ids of nodes, one a look. */
  readonly samples: readonly number[];
  /** µs since the look before. */
  readonly timeDeltas: readonly number[];
}

export interface Share {
  readonly name: string;
  /** Of the time at work. */
  readonly share: number;
}

/** The time at work by library and by folder of ours, most first; waiting is left out. */
export function sharesByPlace(profile: CpuProfile): readonly Share[] {
  const places = new Map(profile.nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]));
  const times = new Map<string, number>();
  profile.samples.forEach((id, i) => {
    const place = places.get(id) ?? '?';
    if (place !== IDLE) times.set(place, (times.get(place) ?? 0) + (profile.timeDeltas[i] ?? 0));
  });
  const total = [...times.values()].reduce((sum, time) => sum + time, 0);
  return [...times].map(([name, time]) => ({ name, share: time / total })).toSorted((a, b) => b.share - a.share);
}

const IDLE = '(idle)';

function placeOf({ functionName, url }: CpuProfile['nodes'][number]['callFrame']): string {
  const library = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (library !== undefined) return library;
  const ours = /dist\/((?:packages|apps)\/[^/]+)/.exec(url)?.[1];
  if (ours !== undefined) return ours;
  const builtIn = /^node:(?:internal\/)?([a-z_]+)/.exec(url)?.[1];
  if (builtIn !== undefined) return `node:${builtIn.replace(/^_/, '')}`;
  // V8's own: (garbage collector), (program), and native functions such as writev.
  return functionName.startsWith('(') ? functionName : `native: ${functionName || '?'}`;
}
