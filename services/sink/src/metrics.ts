/** What the sink measures. Labels are contracts' tables and topics, both few and known. */
import { declarePeerMetrics, type Metrics, type PeerMetrics } from '@millrace/runtime';
import { declareProbeMetrics, type ProbedFigures } from './probes/probe-metrics.ts';

/** One partition as the gauges show it at the moment of a scrape. */
export interface LaneReading {
  readonly topic: string;
  readonly partition: number;
  readonly lagRecords: number;
  /** Age of the oldest record that has not landed; absent while records are behind that were not fetched yet. */
  readonly lagMs?: number;
  /** Since the claim under way was made. */
  readonly claimAgeMs?: number;
  readonly bufferBytes: number;
  readonly isPaused: boolean;
  readonly isWaiting: boolean;
  /** The stream is stopped. */
  readonly isHeld: boolean;
}

export interface SinkMetrics {
  inserted(table: string, rows: number, bytes: number, durationMs: number): void;
  retried(table: string): void;
  replayed(table: string): void;
  dead(topic: string, code: string, records: number): void;
  /** A batch waits because most of it would be dead letters; once a try. */
  heldAsFlood(topic: string): void;
  skipped(topic: string, records: number): void;
  /** Age of the oldest record of a batch when it became queryable, ms. */
  fresh(table: string, ageMs: number): void;
  /** An offset was committed, its claims included. */
  committed(durationMs: number): void;
  /** The group gave partitions to this instance, or took them away. */
  rebalanced(): void;
  /** A full buffer held a partition back. */
  heldBack(topic: string): void;
  /** Views behind a table whose targets do not drop repeated batches. */
  forgetfulViews(table: string, views: number): void;
  readonly peers: PeerMetrics;
  /** Gives the gauges their source. */
  observe(readings: () => readonly LaneReading[], probed: () => ProbedFigures): void;
}

export function createSinkMetrics(metrics: Metrics): SinkMetrics {
  const rows = metrics.counter({
    name: 'millrace_sink_landed_rows_total',
    help: 'Rows inserted, repeats included.',
    labels: ['table'],
  });
  const bytes = metrics.counter({
    name: 'millrace_sink_landed_bytes_total',
    help: 'Bytes sent in inserts that landed.',
    labels: ['table'],
  });
  const inserts = metrics.counter({
    name: 'millrace_sink_insert_batches_total',
    help: 'Inserts that landed; each makes at least one part.',
    labels: ['table'],
  });
  const duration = metrics.histogram({
    name: 'millrace_sink_insert_duration_seconds',
    help: 'Time from sending an insert to its acknowledgement.',
    labels: ['table'],
  });
  const retries = metrics.counter({
    name: 'millrace_sink_insert_retries_total',
    help: 'Inserts repeated because their outcome was not known or ClickHouse was away.',
    labels: ['table'],
  });
  const replays = metrics.counter({
    name: 'millrace_sink_replayed_batches_total',
    help: 'Claims of an earlier owner that were repeated after an assignment.',
    labels: ['table'],
  });
  const freshness = metrics.histogram({
    name: 'millrace_sink_freshness_seconds',
    help: 'Age of the oldest record of each insert when it was acknowledged.',
    labels: ['table'],
  });
  const forgetful = metrics.gauge({
    name: 'millrace_sink_forgetful_tables',
    help: 'Targets of materialized views that count a repeated batch twice, because they remember no insert tokens.',
    labels: ['table'],
  });
  let readings: () => readonly LaneReading[] = () => [];
  let probed: () => ProbedFigures = () => ({});
  declareGauges(metrics, () => readings());
  declareProbeMetrics(metrics, () => probed());

  return {
    inserted: (table, count, size, durationMs) => {
      rows.inc({ table }, count);
      bytes.inc({ table }, size);
      inserts.inc({ table });
      duration.observe({ table }, durationMs / 1_000);
    },
    retried: (table) => retries.inc({ table }),
    replayed: (table) => replays.inc({ table }),
    ...leftOutMetrics(metrics),
    fresh: (table, ageMs) => freshness.observe({ table }, Math.max(0, ageMs) / 1_000),
    ...groupMetrics(metrics),
    peers: declarePeerMetrics(metrics),
    forgetfulViews: (table, views) => forgetful.set({ table }, views),
    observe: (lanes, probes) => {
      readings = lanes;
      probed = probes;
    },
  };
}

/** What does not land. */
function leftOutMetrics(metrics: Metrics): Pick<SinkMetrics, 'dead' | 'heldAsFlood' | 'skipped'> {
  const deadRecords = metrics.counter({
    name: 'millrace_sink_dead_records_total',
    help: 'Records written to the dead letter topic.',
    labels: ['topic', 'code'],
  });
  const floods = metrics.counter({
    name: 'millrace_sink_flood_retries_total',
    help: 'Tries at which a partition waited because most of its records would be dead letters.',
    labels: ['topic'],
  });
  const skippedRecords = metrics.counter({
    name: 'millrace_sink_skipped_records_total',
    help: 'Tombstones of change topics, which carry nothing for the warehouse.',
    labels: ['topic'],
  });
  return {
    dead: (topic, code, records) => deadRecords.inc({ topic, code }, records),
    heldAsFlood: (topic) => floods.inc({ topic }),
    skipped: (topic, records) => skippedRecords.inc({ topic }, records),
  };
}

/** What the consumer group does to the instance, and the instance to its partitions. */
function groupMetrics(
  metrics: Metrics,
): Pick<SinkMetrics, 'committed' | 'rebalanced' | 'heldBack'> {
  const commits = metrics.histogram({
    name: 'millrace_sink_commit_duration_seconds',
    help: 'Time of an offset commit, which a claim is too, repeats included.',
  });
  const rebalances = metrics.counter({
    name: 'millrace_sink_group_rebalances_total',
    help: 'Times that the group gave this instance its partitions anew.',
  });
  const pauses = metrics.counter({
    name: 'millrace_sink_pause_events_total',
    help: 'Times that a partition was held back by a full buffer.',
    labels: ['topic'],
  });
  return {
    committed: (durationMs) => commits.observe(durationMs / 1_000),
    rebalanced: () => rebalances.inc(),
    heldBack: (topic) => pauses.inc({ topic }),
  };
}

function declareGauges(metrics: Metrics, readings: () => readonly LaneReading[]): void {
  const perPartition: readonly (readonly [
    string,
    string,
    (reading: LaneReading) => number | undefined,
  ])[] = [
    [
      'lag_records',
      'Records behind the end of each owned partition, from the committed offset.',
      (one) => one.lagRecords,
    ],
    [
      'lag_seconds',
      'Age of the oldest record of each owned partition that has not landed, by its Kafka time; 0 when all have.',
      (one) => (one.lagMs === undefined ? undefined : one.lagMs / 1_000),
    ],
    [
      'claim_age_seconds',
      'Time since the claim under way in each owned partition was made; absent when none is.',
      (one) => (one.claimAgeMs === undefined ? undefined : one.claimAgeMs / 1_000),
    ],
  ];
  for (const [noun, help, read] of perPartition) {
    metrics.gauge({
      name: `millrace_sink_${noun}`,
      help,
      labels: ['topic', 'partition'],
      collect: (gauge) => {
        gauge.reset();
        for (const one of readings()) {
          const value = read(one);
          if (value !== undefined) {
            gauge.set({ topic: one.topic, partition: String(one.partition) }, value);
          }
        }
      },
    });
  }
  const sums: readonly (readonly [string, string, (reading: LaneReading) => number])[] = [
    ['buffer_bytes', 'Memory of records that wait to land, estimated.', (one) => one.bufferBytes],
    ['paused_partitions', 'Partitions held back by a full buffer.', (one) => Number(one.isPaused)],
    [
      'waiting_partitions',
      'Partitions that cannot go on until ClickHouse, the registry or a person acts.',
      (one) => Number(one.isWaiting),
    ],
    [
      'held_partitions',
      'Partitions of streams that a quality rule or a person stopped.',
      (one) => Number(one.isHeld),
    ],
  ];
  for (const [noun, help, read] of sums) {
    metrics.gauge({
      name: `millrace_sink_${noun}`,
      help,
      collect: (gauge) => gauge.set(readings().reduce((sum, one) => sum + read(one), 0)),
    });
  }
}
