/**
 * A small model of what one machine cannot show: partitions on brokers, sinks that own them, shards that take inserts, and
 * one of them lost under load. Time goes in ticks; arrivals are drawn from a seeded generator; service times are those
 * measured on one machine. It answers how late records become and how long catching up takes. It is no proof of
 * correctness, and it knows no network. What it was compared with: docs/operations/sizing.md.
 */
import { measured } from './measured-costs.ts';
import { poisson, seeded } from './seeded-arrivals.ts';

export type Losable = 'sink' | 'broker' | 'shard';

export interface LossScenario {
  readonly recordsPerSecond: number;
  /** Of all tables together. */
  readonly partitions: number;
  readonly tables: number;
  readonly brokers: number;
  readonly sinks: number;
  readonly shards: number;
  /** Cores of a shard that insert; a sink has one. */
  readonly coresPerShard: number;
  readonly lose?: Losable;
  /** A sink or a broker: from the loss until others have its partitions. A shard: until it, or its replica, answers. */
  readonly outageMs: number;
  /** True: the lost one is back when the outage ends; false: the others go on without it. A shard always comes back. */
  readonly returns: boolean;
  readonly durationMs: number;
  readonly lossAtMs: number;
  readonly seed: number;
}

export interface LossOutcome {
  /** Lateness from Kafka's timestamp to the end of the insert, ms, of records that came up to a second before the loss. */
  readonly before: Lateness;
  /** Of records that came since the loss and landed until all was caught up. */
  readonly during: Lateness;
  /** From the loss until no record older than a second waits; undefined: not within the duration. */
  readonly caughtUpMs: number | undefined;
  /** Share of the sinks' and of the shards' time that was busy before the loss. */
  readonly busy: { readonly sinks: number; readonly shards: number };
}

export interface Lateness {
  readonly p50: number;
  readonly p99: number;
  readonly worst: number;
}

const TICK_MS = 5;
const FLUSH_AGE_MS = 25;
const INSERT_ROWS_MAX = 100_000;
/** 50 inserts a second and table: a fifth is saved for a quiet while, the others come evenly spaced. */
const TURN_MS = 25;
const SAVED_TURNS = 10;
/** From the broker's timestamp until the sink has the record: replication, fetch. Fitted to the calm run. */
const FETCH_MS = 15;
/** An insert waits so long for other things than processors: HTTP, the part's files. Fitted to the calm run. */
const INSERT_WAIT_MS = 20;
/** A partition is inserted so often at most: its records wait for company, then for the insert. */
const ROUND_MS = FETCH_MS + FLUSH_AGE_MS + INSERT_WAIT_MS;
/** An insert that is under way at the end ends within this. */
const LATE_ROOM_MS = 60_000;
/** A partition that is older than this is behind. */
const CAUGHT_UP_MS = 1_000;

/**
 * Records a second at this share of what sinks and shards carry: the tighter of the two counts. Inserts cost something by
 * themselves: each table's share of them is taken off first.
 */
export const recordsAtLoad = (
  load: number,
  of: Pick<LossScenario, 'sinks' | 'shards' | 'coresPerShard' | 'tables' | 'partitions'>,
): number => {
  const inserts = Math.min(of.tables * (1_000 / TURN_MS), of.partitions * (1_000 / ROUND_MS));
  const carried = (cores: number, { insertUs, rowUs }: { insertUs: number; rowUs: number }) =>
    Math.max(0, cores * 1e6 - inserts * insertUs) / rowUs;
  const { sink, clickhouse } = measured;
  return (
    load * Math.min(carried(of.sinks, sink), carried(of.shards * of.coresPerShard, clickhouse))
  );
};

interface Cohort {
  readonly atMs: number;
  rows: number;
}

interface Partition {
  readonly broker: number;
  readonly shard: number;
  readonly table: number;
  owner: number;
  readonly waiting: Cohort[];
  rows: number;
  busyUntilMs: number;
}

/** Rows by how late they were, in whole milliseconds. */
type Histogram = Float64Array;

/** Runs the scenario; the same scenario gives the same outcome. */
export function simulateLoss(scenario: LossScenario): LossOutcome {
  const run = begin(scenario);
  /** Nothing has been behind since then; who cannot carry the load falls behind again. */
  let caughtUpMs: number | undefined;
  for (let nowMs = 0; nowMs < scenario.durationMs; nowMs += TICK_MS) {
    arrive(run, scenario, nowMs);
    if (scenario.lose === 'sink') reassign(run, scenario, nowMs);
    for (const partition of longestWaiting(run, nowMs))
      if (isDue(run, scenario, partition, nowMs)) insert(run, scenario, partition, nowMs);
    if (nowMs <= scenario.lossAtMs + scenario.outageMs) continue;
    const isBehind = run.partitions.some(
      ({ waiting }) => nowMs - (waiting[0]?.atMs ?? nowMs) >= CAUGHT_UP_MS,
    );
    if (isBehind) caughtUpMs = undefined;
    else caughtUpMs ??= nowMs - scenario.lossAtMs;
    run.isCaughtUp = caughtUpMs !== undefined;
  }
  const { lossAtMs } = scenario;
  return {
    before: lateness(run.before),
    during: lateness(run.during),
    caughtUpMs: scenario.lose === undefined ? 0 : caughtUpMs,
    busy: {
      sinks: run.sinkBusyMs / (lossAtMs * scenario.sinks),
      shards: run.shardBusyMs / (lossAtMs * scenario.shards * scenario.coresPerShard),
    },
  };
}

const begin = (scenario: LossScenario) => ({
  partitions: Array.from(
    { length: scenario.partitions },
    (_, index): Partition => ({
      broker: index % scenario.brokers,
      table: index % scenario.tables,
      shard: Math.floor(index / scenario.sinks) % scenario.shards,
      owner: index % scenario.sinks,
      ...{ waiting: [], rows: 0, busyUntilMs: 0 },
    }),
  ),
  sinkFreeMs: new Float64Array(scenario.sinks),
  shardFreeMs: Array.from(
    { length: scenario.shards },
    () => new Float64Array(scenario.coresPerShard),
  ),
  /** By table: when its next insert has its turn. */
  turnMs: new Float64Array(scenario.tables),
  before: new Float64Array(Math.ceil(scenario.durationMs) + LATE_ROOM_MS) as Histogram,
  during: new Float64Array(Math.ceil(scenario.durationMs) + LATE_ROOM_MS) as Histogram,
  isCaughtUp: scenario.lose === undefined,
  random: seeded(scenario.seed),
  sinkBusyMs: 0,
  shardBusyMs: 0,
});

type Run = ReturnType<typeof begin>;

const isLost = ({ lossAtMs, outageMs }: LossScenario, nowMs: number): boolean =>
  nowMs >= lossAtMs && nowMs < lossAtMs + outageMs;

/** The lost one is always the first. */
const LOST = 0;

const arrive = (run: Run, scenario: LossScenario, nowMs: number): void => {
  const mean = (scenario.recordsPerSecond * TICK_MS) / 1_000 / scenario.partitions;
  for (const partition of run.partitions) {
    const rows = poisson(run.random, mean);
    if (rows === 0) continue;
    partition.waiting.push({ atMs: nowMs, rows });
    partition.rows += rows;
  }
};

/** When the group has noticed, the others take what the lost sink had, and give it back when it is there again. */
const reassign = (run: Run, scenario: LossScenario, nowMs: number): void => {
  if (scenario.returns || nowMs < scenario.lossAtMs + scenario.outageMs) return;
  const others = Math.max(1, scenario.sinks - 1);
  for (const [index, partition] of run.partitions.entries())
    if (partition.owner === LOST && scenario.sinks > 1)
      partition.owner = 1 + (Math.floor(index / scenario.sinks) % others);
};

/** Who has waited longest is asked first, as the sinks' own line does. */
const longestWaiting = ({ partitions }: Run, nowMs: number): readonly Partition[] =>
  partitions
    .filter(({ waiting, busyUntilMs }) => waiting.length > 0 && busyUntilMs <= nowMs)
    .sort((one, other) => (one.waiting[0] as Cohort).atMs - (other.waiting[0] as Cohort).atMs);

const isDue = (run: Run, scenario: LossScenario, partition: Partition, nowMs: number): boolean => {
  const head = partition.waiting[0];
  if (head === undefined || partition.busyUntilMs > nowMs) return false;
  if (isLost(scenario, nowMs)) {
    const of = { sink: partition.owner, broker: partition.broker, shard: partition.shard };
    if (scenario.lose !== undefined && of[scenario.lose] === LOST) return false;
  }
  if ((run.sinkFreeMs[partition.owner] as number) > nowMs) return false;
  if (nowMs - head.atMs < FETCH_MS + FLUSH_AGE_MS && partition.rows < INSERT_ROWS_MAX) return false;
  return (run.turnMs[partition.table] as number) <= nowMs;
};

/** The sink's one thread makes the body, a core of the shard takes it; the partition waits for both. */
const insert = (run: Run, scenario: LossScenario, partition: Partition, nowMs: number): void => {
  const taken: Cohort[] = [];
  let rows = 0;
  while (rows < INSERT_ROWS_MAX && partition.waiting.length > 0) {
    const cohort = partition.waiting[0] as Cohort;
    if (nowMs - cohort.atMs < FETCH_MS) break;
    const share = Math.min(cohort.rows, INSERT_ROWS_MAX - rows);
    taken.push({ atMs: cohort.atMs, rows: share });
    rows += share;
    if (share === cohort.rows) partition.waiting.shift();
    else cohort.rows -= share;
  }
  partition.rows -= rows;
  const turnMs = Math.max(run.turnMs[partition.table] as number, nowMs - SAVED_TURNS * TURN_MS);
  run.turnMs[partition.table] = turnMs + TURN_MS;
  const sinkMs = (measured.sink.insertUs + rows * measured.sink.rowUs) / 1_000;
  const shardMs = (measured.clickhouse.insertUs + rows * measured.clickhouse.rowUs) / 1_000;
  const sentMs = Math.max(nowMs, run.sinkFreeMs[partition.owner] as number) + sinkMs;
  run.sinkFreeMs[partition.owner] = sentMs;
  const cores = run.shardFreeMs[partition.shard] as Float64Array;
  const core = cores.indexOf(Math.min(...cores));
  const doneMs = Math.max(sentMs, cores[core] as number) + shardMs;
  cores[core] = doneMs;
  partition.busyUntilMs = doneMs + INSERT_WAIT_MS;
  if (nowMs < scenario.lossAtMs) {
    run.sinkBusyMs += sinkMs;
    run.shardBusyMs += shardMs;
  }
  for (const { atMs, rows: of } of taken) {
    const lateMs = Math.round(partition.busyUntilMs - atMs);
    if (atMs < scenario.lossAtMs - CAUGHT_UP_MS) count(run.before, lateMs, of);
    else if (atMs >= scenario.lossAtMs && !run.isCaughtUp) count(run.during, lateMs, of);
  }
};

const count = (histogram: Histogram, lateMs: number, rows: number): void => {
  const at = Math.min(lateMs, histogram.length - 1);
  histogram[at] = (histogram[at] as number) + rows;
};

const lateness = (histogram: Histogram): Lateness => {
  const total = histogram.reduce((sum, rows) => sum + rows, 0);
  const at = (share: number): number => {
    let passed = 0;
    return total === 0
      ? 0
      : histogram.findIndex((rows) => {
          passed += rows;
          return passed >= share * total;
        });
  };
  return { p50: at(0.5), p99: at(0.99), worst: histogram.findLastIndex((rows) => rows > 0) };
};
