/** What the probes measure of ClickHouse itself. A figure that could not be asked for is absent, never 0. */
import type { Metrics } from '@millrace/runtime';

/** One table as the server's own tables tell it. */
export interface TableFigures {
  readonly table: string;
  readonly rows: number;
  readonly bytes: number;
  readonly parts: number;
  /** Of the partition that has most. */
  readonly partitionPartsMax: number;
  /** `_ingested_at` of the newest rows, ms; absent while their part is too large to be read in passing. */
  readonly ingestedMs?: number;
}

export interface BacklogFigures {
  readonly table: string;
  readonly merges: number;
  readonly mergeSecondsMax: number;
  readonly mutations: number;
  readonly failedMutations: number;
}

export interface ReplicaFigures {
  readonly table: string;
  readonly isReadonly: boolean;
  readonly queue: number;
  readonly delaySeconds: number;
}

export interface DiskFigures {
  readonly disk: string;
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** Counters of the server since its start; the names are ClickHouse's. */
export const probedEvents = [
  'DelayedInserts',
  'RejectedInserts',
  'FailedInsertQuery',
  'DuplicatedInsertedBlocks',
  'DelayedMutations',
] as const;
export type ProbedEvent = (typeof probedEvents)[number];

/** The last round's figures; a list that is absent could not be asked for. */
export interface ProbedFigures {
  readonly tables?: readonly TableFigures[];
  readonly backlogs?: readonly BacklogFigures[];
  readonly replicas?: readonly ReplicaFigures[];
  readonly disks?: readonly DiskFigures[];
  readonly events?: Readonly<Partial<Record<ProbedEvent, number>>>;
  /** Dictionaries and refreshable views of the database whose last load or refresh failed. */
  readonly failedObjects?: number;
  /** Active parts of one partition at which the server refuses inserts. */
  readonly partsToThrow?: number;
  /** Time of the last round, all its queries together, s. */
  readonly roundSeconds?: number;
}

interface GaugeOf<L extends string> {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly L[];
  read(figures: ProbedFigures): readonly (readonly [Record<L, string>, number | undefined])[];
}

const ofTables =
  (read: (table: TableFigures, figures: ProbedFigures) => number | undefined) =>
  (figures: ProbedFigures) =>
    (figures.tables ?? []).map((one) => [{ table: one.table }, read(one, figures)] as const);
const ofBacklogs = (read: (backlog: BacklogFigures) => number) => (figures: ProbedFigures) =>
  (figures.backlogs ?? []).map((one) => [{ table: one.table }, read(one)] as const);
const ofReplicas = (read: (replica: ReplicaFigures) => number) => (figures: ProbedFigures) =>
  (figures.replicas ?? []).map((one) => [{ table: one.table }, read(one)] as const);

const tableGauges: readonly GaugeOf<'table'>[] = [
  {
    name: 'millrace_sink_table_rows',
    help: 'Rows of a raw table, versions and deleted rows included.',
    labels: ['table'],
    read: ofTables(({ rows }) => rows),
  },
  {
    name: 'millrace_sink_table_bytes',
    help: 'Size of a raw table on disk.',
    labels: ['table'],
    read: ofTables(({ bytes }) => bytes),
  },
  {
    name: 'millrace_sink_table_parts',
    help: 'Active parts of a raw table.',
    labels: ['table'],
    read: ofTables(({ parts }) => parts),
  },
  {
    name: 'millrace_sink_partition_parts_ratio',
    help: 'Active parts of the fullest partition over the number at which ClickHouse refuses inserts.',
    labels: ['table'],
    read: ofTables(({ partitionPartsMax }, { partsToThrow }) =>
      partsToThrow === undefined ? undefined : partitionPartsMax / partsToThrow,
    ),
  },
  {
    name: 'millrace_sink_table_ingested_timestamp_seconds',
    help: 'When the newest rows of a raw table became queryable.',
    labels: ['table'],
    read: ofTables(({ ingestedMs }) => (ingestedMs === undefined ? undefined : ingestedMs / 1_000)),
  },
  {
    name: 'millrace_sink_running_merges',
    help: 'Merges of a raw table that run now.',
    labels: ['table'],
    read: ofBacklogs(({ merges }) => merges),
  },
  {
    name: 'millrace_sink_merge_elapsed_seconds',
    help: 'How long the longest running merge of a raw table has taken.',
    labels: ['table'],
    read: ofBacklogs(({ mergeSecondsMax }) => mergeSecondsMax),
  },
  {
    name: 'millrace_sink_pending_mutations',
    help: 'Mutations of a raw table that are not done.',
    labels: ['table'],
    read: ofBacklogs(({ mutations }) => mutations),
  },
  {
    name: 'millrace_sink_failed_mutations',
    help: 'Mutations of a raw table that are not done and whose last try failed.',
    labels: ['table'],
    read: ofBacklogs(({ failedMutations }) => failedMutations),
  },
  {
    name: 'millrace_sink_replica_readonly_state',
    help: '1 when the replica of a raw table takes no inserts; absent where tables are not replicated.',
    labels: ['table'],
    read: ofReplicas(({ isReadonly }) => Number(isReadonly)),
  },
  {
    name: 'millrace_sink_replica_queue_requests',
    help: 'Entries in the replication queue of a raw table.',
    labels: ['table'],
    read: ofReplicas(({ queue }) => queue),
  },
  {
    name: 'millrace_sink_replica_delay_seconds',
    help: 'How far the replica of a raw table is behind the others.',
    labels: ['table'],
    read: ofReplicas(({ delaySeconds }) => delaySeconds),
  },
];

const diskGauges: readonly GaugeOf<'disk'>[] = (
  [
    ['free', 'Free space of a disk of the server.', (disk: DiskFigures) => disk.freeBytes],
    ['size', 'Size of a disk of the server.', (disk: DiskFigures) => disk.totalBytes],
  ] as const
).map(([noun, help, read]) => ({
  name: `millrace_sink_disk_${noun}_bytes`,
  help,
  labels: ['disk'],
  read: ({ disks = [] }) => disks.map((one) => [{ disk: one.disk }, read(one)] as const),
}));

const serverGauges: readonly (GaugeOf<'event'> | GaugeOf<never>)[] = [
  {
    name: 'millrace_sink_server_events',
    help: "ClickHouse's own counters since its start, by its names: inserts delayed, rejected and failed, blocks dropped as repeats.",
    labels: ['event'],
    read: ({ events = {} }) =>
      Object.entries(events).map(([event, value]) => [{ event }, value] as const),
  },
  {
    name: 'millrace_sink_failed_objects_errors',
    help: 'Dictionaries and refreshable views of the database whose last load or refresh failed.',
    labels: [],
    read: ({ failedObjects }) => [[{}, failedObjects]],
  },
  {
    name: 'millrace_sink_probe_duration_seconds',
    help: 'Time of the last round of questions to the system tables; absent where this instance does not ask.',
    labels: [],
    read: ({ roundSeconds }) => [[{}, roundSeconds]],
  },
];

const declare = <L extends string>(
  metrics: Metrics,
  gauge: GaugeOf<L>,
  figures: () => ProbedFigures,
): void => {
  metrics.gauge<L>({
    name: gauge.name,
    help: gauge.help,
    labels: gauge.labels,
    collect: (target) => {
      target.reset();
      for (const [labels, value] of gauge.read(figures())) {
        if (value === undefined) target.remove(labels);
        else target.set(labels, value);
      }
    },
  });
};

/** Declares the gauges; `figures` is asked at each scrape. */
export function declareProbeMetrics(metrics: Metrics, figures: () => ProbedFigures): void {
  for (const gauge of tableGauges) declare(metrics, gauge, figures);
  for (const gauge of diskGauges) declare(metrics, gauge, figures);
  for (const gauge of serverGauges) declare(metrics, gauge as GaugeOf<string>, figures);
}
