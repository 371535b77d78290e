import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { createSpread } from './create-spread.ts';
import { createSums } from './create-sums.ts';
import { type MetricsSnapshot, renderMerged } from './metrics-snapshot.ts';

/**
 * The metrics of one service. Names follow `millrace_<service>_<noun>_<unit>[_total]` in base units and are
 * checked when a metric is made, so that a wrong one never reaches a dashboard.
 * Source of the rules: Prometheus, "Metric and label naming".
 */
export interface Metrics {
  readonly service: string;
  /** Only goes up; the name ends in `_total`. */
  counter<L extends string = never>(options: MetricOptions<L>): Counter<L>;
  /** A counter of what happens with every request: `add` is one addition, and the counter takes the sums at each scrape. */
  tally<L extends string = never>(options: TallyOptions<L>): Tally;
  /** Goes up and down. `collect` sets the value at the moment of a scrape. */
  gauge<L extends string = never>(options: GaugeOptions<L>): Gauge<L>;
  /** Counts observations by buckets; the default buckets are for seconds, 1 ms to 60 s. */
  histogram<L extends string = never>(options: HistogramOptions<L>): Histogram<L>;
  /** A histogram, with the default buckets, of what happens with every request: `observe` is one addition. */
  spread(options: Omit<MetricOptions<never>, 'labels'>): Spread;
  /** Adds Node's own metrics under their customary names (`process_*`, `nodejs_*`). */
  collectProcess(): void;
  /** The values of this moment, to be added up elsewhere with `include`. */
  snapshot(): Promise<MetricsSnapshot>;
  /** Adds what others measured, e.g. threads of this process, to every `render`: values of the same labels are summed. */
  include(others: () => Promise<readonly MetricsSnapshot[]>): void;
  /** The text that /metrics answers with. */
  render(): Promise<string>;
  readonly contentType: string;
  /** Every metric made so far, for the reference page. */
  readonly described: readonly MetricDescription[];
}

export interface MetricOptions<L extends string> {
  readonly name: string;
  readonly help: string;
  /** Values must be few and known: never an id or a message. */
  readonly labels?: readonly L[];
}
export interface GaugeOptions<L extends string> extends MetricOptions<L> {
  readonly collect?: (gauge: Gauge<L>) => void;
}
export interface TallyOptions<L extends string> extends MetricOptions<L> {
  /** One at most. */
  readonly labels?: readonly [L] | readonly [];
}
export interface Tally {
  /** @param value not negative @param label the value of the label, for a tally that has one */
  add(value: number, label?: string): void;
}
export interface Spread {
  observe(value: number): void;
}
export interface HistogramOptions<L extends string> extends MetricOptions<L> {
  readonly buckets?: readonly number[];
}
export interface MetricDescription {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** Units that may end a name (before `_total`): base units, and the things that are counted. */
const metricUnits = [
  ...['seconds', 'bytes', 'ratio', 'info', 'celsius', 'timestamp_seconds'],
  ...['records', 'events', 'requests', 'rows', 'transactions', 'batches', 'messages', 'changes'],
  ...['partitions', 'tables', 'connections', 'offsets', 'retries', 'errors', 'rebalances', 'state'],
  ...['parts', 'merges', 'mutations', 'members'],
] as const;

/**
 * How often the delay of the event loop is sampled, ms, which is the least that `nodejs_eventloop_lag_*` can say. Node's
 * own 10 ms keep an idle process awake for 0.4 % of a core; these 50 for 0.1 %.
 */
const EVENT_LOOP_SAMPLE_MS = 50;

const latencyBucketsSeconds = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];

/** Throws a TypeError for a name that breaks the rules: a mistake of the programmer. */
const assertName = (service: string, type: 'counter' | 'gauge' | 'histogram', name: string) => {
  const prefix = `millrace_${service.replaceAll('-', '_')}_`;
  if (!name.startsWith(prefix) || !/^[a-z][a-z0-9_]*$/.test(name))
    throw new TypeError(`Metric ${name}: a name begins with ${prefix} and is snake_case.`);
  if (name.endsWith('_total') !== (type === 'counter'))
    throw new TypeError(`Metric ${name}: _total ends the names of counters, and of nothing else.`);
  const stem = name.replace(/_total$/, '');
  const unit = metricUnits.find((word) => stem.endsWith(`_${word}`));
  if (unit === undefined || stem.length <= prefix.length + unit.length)
    throw new TypeError(
      `Metric ${name}: a noun and a unit are missing; units: ${metricUnits.join(', ')}.`,
    );
};

/** An empty set of metrics for one service; throws a TypeError for a name that breaks the rules. */
export const createMetrics = (service: string): Metrics => {
  const registry = new Registry();
  const described: MetricDescription[] = [];
  const included: (() => Promise<readonly MetricsSnapshot[]>)[] = [];
  const base = <L extends string>(
    type: 'counter' | 'gauge' | 'histogram',
    { name, help, labels = [] }: MetricOptions<L>,
  ) => {
    assertName(service, type, name);
    described.push({ name, type, help, labels });
    return { name, help, labelNames: [...labels], registers: [registry] };
  };
  const snapshot = async () => (await registry.getMetricsAsJSON()) as MetricsSnapshot;
  return {
    service,
    snapshot,
    include(others) {
      included.push(others);
    },
    counter: (options) => new Counter(base('counter', options)),
    tally: (options) => {
      const sums = createSums();
      const [name] = options.labels ?? [];
      const counter: Counter = new Counter({
        ...base('counter', options),
        collect: () =>
          sums.take((sum, label) => counter.inc(name === undefined ? {} : { [name]: label }, sum)),
      });
      return sums;
    },
    gauge: <L extends string>(options: GaugeOptions<L>) => {
      const { collect } = options;
      const gauge: Gauge<L> = new Gauge({
        ...base('gauge', options),
        ...(collect === undefined ? {} : { collect: () => collect(gauge) }),
      });
      return gauge;
    },
    histogram: (options) =>
      new Histogram({
        ...base('histogram', options),
        buckets: [...(options.buckets ?? latencyBucketsSeconds)],
      }),
    spread: (options) => {
      const { name, help } = base('histogram', options);
      const spread = createSpread({ name, help }, latencyBucketsSeconds);
      // Its types ask for a class of its own; what it uses is here.
      registry.registerMetric(spread as unknown as Histogram);
      return spread;
    },
    collectProcess: () =>
      collectDefaultMetrics({
        register: registry,
        eventLoopMonitoringPrecision: EVENT_LOOP_SAMPLE_MS,
      }),
    async render() {
      if (included.length === 0) return registry.metrics();
      const others = await Promise.all(included.map((read) => read()));
      return renderMerged([await snapshot(), ...others.flat()]);
    },
    contentType: registry.contentType,
    described,
  };
};

/** What a service measures, as data: `declare` is the function of its metrics.ts. */
export const describeMetrics = (
  service: string,
  declare: (metrics: Metrics) => unknown,
): readonly MetricDescription[] => {
  const metrics = createMetrics(service);
  declare(metrics);
  return metrics.described;
};
