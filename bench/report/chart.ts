import type { Figures } from './figures.ts';

interface Bar {
  readonly label: string;
  /** Of the ceiling. */
  readonly share: number;
  readonly said: string;
  readonly kind: 'redis' | 'database' | 'rowByRow';
}

/** Pixels. */
const LEFT = 220;
const SCALE = 440;
const WIDTH = 800;
const BAR = 14;
const GAP = 12;
const TOP = 56;

const TITLES = { redis: 'queue on Redis', database: 'queue on PostgreSQL', rowByRow: 'row by row' } as const;

/** Colours that are told apart in daylight and at night, and without seeing red and green. */
const STYLE = `
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.redis { fill: #0969da } .database { fill: #5aa7f5 } .rowByRow { fill: #bc4c00 } .full { stroke: #59636e; stroke-dasharray: 3 3 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .redis { fill: #4493f8 } .database { fill: #9ecbff } .rowByRow { fill: #f0883e } .full { stroke: #9198a1 }
}`;

/** How much of the ceiling each scenario reaches, on each back end, as an SVG for light and dark pages. */
export function chartOf(figures: Figures): string {
  const groups = groupsOf(figures);
  let y = TOP;
  const drawn = groups.map(({ scenario, bars }) => {
    const name = text(LEFT - 8, y + (bars.length * BAR) / 2 + 4, scenario, 'end');
    const lines = bars.map((bar, i) => barText(bar, y + i * BAR));
    y += bars.length * BAR + GAP;
    return [name, ...lines].join('\n');
  });
  const legend = (Object.keys(TITLES) as Bar['kind'][]).map((kind, i) => {
    const x = LEFT + i * 170;
    return `<rect class="${kind}" x="${x}" y="8" width="12" height="12"/>${text(x + 18, 18, TITLES[kind], 'start')}`;
  });
  const full = LEFT + SCALE;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" role="img" aria-label="Share of the ceiling by scenario">`,
    `<style>${STYLE}\n</style>`,
    ...legend,
    text(full, 42, 'what it is compared with = 1', 'middle'),
    `<line class="full" x1="${full}" x2="${full}" y1="${TOP - 8}" y2="${y}"/>`,
    ...drawn,
    '</svg>\n',
  ].join('\n');
}

function groupsOf({ queues }: Figures) {
  const scenarios = [...new Set(queues.flatMap(({ results }) => results.map(({ scenario }) => scenario)))];
  return scenarios.map((scenario) => ({
    scenario,
    bars: queues.flatMap(({ queue, results }) => {
      const found = results.find((result) => result.scenario === scenario);
      if (found === undefined) return [];
      const { ours, ceiling, rowByRow } = found.designs;
      const bar = (kind: Bar['kind'], perSecond: number): Bar => {
        const share = perSecond / ceiling.perSecond.median;
        return { label: scenario, share, kind, said: `${share.toFixed(2)} · ${whole(perSecond)}/s` };
      };
      const theirs = rowByRow === undefined ? [] : [bar('rowByRow', rowByRow.perSecond.median)];
      return [bar(queue, ours.perSecond.median), ...theirs];
    }),
  }));
}

function barText({ share, said, kind }: Bar, y: number): string {
  const width = Math.max(1, Math.round(Math.min(share, 1.2) * SCALE));
  return `<rect class="${kind}" x="${LEFT}" y="${y}" width="${width}" height="${BAR - 2}"/>${text(LEFT + width + 6, y + BAR - 4, said, 'start')}`;
}

function text(x: number, y: number, said: string, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${x}" y="${y}" text-anchor="${anchor}">${said.replace('&', '&amp;').replace('<', '&lt;')}</text>`;
}

const whole = (value: number) => Math.round(value).toLocaleString('en');
