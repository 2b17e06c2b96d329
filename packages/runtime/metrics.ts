import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

export type { Gauge };

/** The metrics of one process, with those of Node.js itself. Names are `orchestrator_…`, in base units: seconds, bytes. */
export interface Metrics {
  counter<Label extends string = never>(metric: MetricOptions<Label>): Counter<Label>;
  /** Two parts of one process may ask for the same gauge: each sets what it knows, by labels that tell them apart. */
  gauge<Label extends string = never>(metric: GaugeOptions<Label>): Gauge<Label>;
  histogram<Label extends string = never>(metric: MetricOptions<Label> & { buckets: number[] }): Histogram<Label>;
  /** All of them in Prometheus' text format. */
  render(): Promise<{ contentType: string; text: string }>;
}

export interface MetricOptions<Label extends string> {
  readonly name: `orchestrator_${string}`;
  readonly help: string;
  /** Of few values each: a node or a state, never a message. */
  readonly labels?: readonly Label[];
}

export interface GaugeOptions<Label extends string> extends MetricOptions<Label> {
  /** Called at each scrape, to set the gauge to what is true then. */
  readonly collect?: (gauge: Gauge<Label>) => void | Promise<void>;
}

type GaugeCollector = (gauge: Gauge) => void | Promise<void>;

export function createMetrics({ process }: { process: string }): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ process });
  collectDefaultMetrics({ register: registry });
  const gauges = new Map<string, { readonly gauge: Gauge; readonly collectors: GaugeCollector[] }>();
  const common = <Label extends string>({ name, help, labels = [] }: MetricOptions<Label>) => {
    return { name, help, labelNames: labels, registers: [registry] };
  };
  return {
    counter: (metric) => new Counter(common(metric)),
    histogram: (metric) => new Histogram({ ...common(metric), buckets: metric.buckets }),
    gauge<Label extends string>({ collect, ...metric }: GaugeOptions<Label>) {
      const known = gauges.get(metric.name);
      if (known !== undefined) {
        if (collect) known.collectors.push(collect);
        return known.gauge;
      }
      const collectors: GaugeCollector[] = collect ? [collect] : [];
      const gauge: Gauge<Label> = new Gauge({
        ...common(metric),
        ...(collect && {
          async collect() {
            for (const one of collectors) await one(gauge);
          },
        }),
      });
      gauges.set(metric.name, { gauge, collectors });
      return gauge;
    },
    async render() {
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}
