/** What the service measures. Labels are transforms, stages, partitions and operators: few and known. */
import { declarePeerMetrics, type Metrics, type PeerMetrics } from '@millrace/runtime';

export interface TaskLabels {
  readonly transform: string;
  readonly stage: number;
  readonly partition: number;
}

/** One task as the gauges show it at the moment of a scrape. */
export interface TaskGauge extends TaskLabels {
  /** Fetched and not processed. */
  readonly waitingRecords: number;
  /** Behind the end of its topics, from what is processed. */
  readonly lagRecords: number;
  /** How far event time lies behind the clock; absent while nothing is known of it. */
  readonly watermarkLagMs?: number;
  readonly state: {
    readonly entries: number;
    readonly memoryBytes: number;
    readonly diskBytes: number;
    readonly checkpointFailures: number;
  };
}

/** A copy of the state of a task that another instance works on. */
export interface CopyGauge extends TaskLabels {
  /** Changelog records that it is behind; absent until the broker has told. */
  readonly lagRecords?: number;
  readonly entries: number;
  readonly memoryBytes: number;
}

export interface TransformMetrics {
  processed(transform: string, stage: number, records: number): void;
  committed(transform: string, durationMs: number, records: number): void;
  aborted(transform: string, code: string): void;
  late(transform: string, operator: string): void;
  skipped(transform: string, operator: string, reason: string): void;
  dead(transform: string, topic: string, code: string, records: number): void;
  /** A task waits because most of its records would be dead letters; once a try. */
  heldAsFlood(transform: string): void;
  opened(transform: string, durationMs: number): void;
  /** State of a task is being restored: changelog records that are left, about. */
  restoring(task: TaskLabels, leftRecords: number): void;
  /** State of a task is restored: changelog records that were read for it. */
  restored(task: TaskLabels, records: number): void;
  rebalanced(transform: string): void;
  readonly peers: PeerMetrics;
  /** Gives the gauges their sources. */
  observe(readings: () => readonly TaskGauge[], copies: () => readonly CopyGauge[]): void;
}

const FLOOD_HELP =
  'Tries at which a task waited because most of its records would be dead letters.';

export const declareMetrics = (metrics: Metrics): TransformMetrics => {
  const counter = <L extends string>(noun: string, help: string, labels: readonly L[]) =>
    metrics.counter({ name: `millrace_stream_transform_${noun}_total`, help, labels });
  const named = ['transform'] as const;
  const processed = counter('processed_records', 'Records read and processed, repeats included.', [
    'transform',
    'stage',
  ]);
  const written = counter('written_records', 'Records committed to topics.', ['transform']);
  const aborted = counter(
    'aborted_transactions',
    'Commits that failed; what they held is done again.',
    ['transform', 'code'],
  );
  const late = counter('late_records', 'Records that came after their window had closed.', [
    'transform',
    'operator',
  ]);
  const skipped = counter('skipped_records', 'Records that an operator leaves out on purpose.', [
    'transform',
    'operator',
    'reason',
  ]);
  const dead = counter('dead_records', 'Records written to dead.stream-transform.', [
    'transform',
    'topic',
    'code',
  ]);
  const floods = counter('flood_retries', FLOOD_HELP, ['transform']);
  const rebalances = counter('group_rebalances', 'Times that the group gave tasks anew.', named);
  const commits = metrics.histogram({
    name: 'millrace_stream_transform_commit_duration_seconds',
    help: 'Time of a commit, from its first request to its last answer.',
    labels: ['transform'],
  });
  const openings = metrics.histogram({
    name: 'millrace_stream_transform_task_open_seconds',
    help: 'Time from the assignment of a task to its first record, its state restored.',
    labels: ['transform'],
  });
  const restoring = metrics.gauge({
    name: 'millrace_stream_transform_restore_records',
    help: 'Changelog records that the restore of each task has left to read, about; 0 when it is done.',
    labels: ['transform', 'stage', 'partition'],
  });
  const restored = counter(
    'restored_records',
    'Changelog records that were read while tasks were opened; with a copy that stood by, what it lacked.',
    ['transform', 'stage', 'partition'],
  );
  let readings: () => readonly TaskGauge[] = () => [];
  let copies: () => readonly CopyGauge[] = () => [];
  declareGauges(metrics, taskGauges, () => readings());
  declareGauges(metrics, copyGauges, () => copies());

  return {
    processed: (transform, stage, records) =>
      processed.inc({ transform, stage: String(stage) }, records),
    committed(transform, durationMs, records) {
      commits.observe({ transform }, durationMs / 1000);
      written.inc({ transform }, records);
    },
    aborted: (transform, code) => aborted.inc({ transform, code }),
    late: (transform, operator) => late.inc({ transform, operator }),
    skipped: (transform, operator, reason) => skipped.inc({ transform, operator, reason }),
    dead: (transform, topic, code, records) => dead.inc({ transform, topic, code }, records),
    heldAsFlood: (transform) => floods.inc({ transform }),
    opened: (transform, durationMs) => openings.observe({ transform }, durationMs / 1000),
    restoring: ({ transform, stage, partition }, leftRecords) =>
      restoring.set(
        { transform, stage: String(stage), partition: String(partition) },
        Math.max(0, leftRecords),
      ),
    restored: ({ transform, stage, partition }, records) =>
      restored.inc({ transform, stage: String(stage), partition: String(partition) }, records),
    rebalanced: (transform) => rebalances.inc({ transform }),
    peers: declarePeerMetrics(metrics),
    observe(tasks, standingBy) {
      readings = tasks;
      copies = standingBy;
    },
  };
};

type Gauges<T> = readonly (readonly [noun: string, help: string, (one: T) => number | undefined])[];

const taskGauges: Gauges<TaskGauge> = [
  [
    'lag_records',
    'Records behind the end of each task’s topics, from what is processed.',
    (task) => task.lagRecords,
  ],
  [
    'waiting_records',
    'Records that are fetched and not processed yet.',
    (task) => task.waitingRecords,
  ],
  [
    'watermark_lag_seconds',
    'How far event time of each task lies behind the clock; absent before its first record.',
    (task) => (task.watermarkLagMs === undefined ? undefined : task.watermarkLagMs / 1000),
  ],
  ['state_entries_records', 'Entries of each task’s state.', ({ state }) => state.entries],
  [
    'state_memory_bytes',
    'Memory of each task’s state, estimated.',
    ({ state }) => state.memoryBytes,
  ],
  ['state_disk_bytes', 'Each task’s state on disk.', ({ state }) => state.diskBytes],
  [
    'state_checkpoint_errors',
    'Checkpoints that the disk refused since the task was opened; it goes on in memory.',
    ({ state }) => state.checkpointFailures,
  ],
];

const copyGauges: Gauges<CopyGauge> = [
  [
    'standby_lag_records',
    'Changelog records that this instance’s copy of a task’s state is behind.',
    ({ lagRecords }) => lagRecords,
  ],
  [
    'standby_entries_records',
    'Entries of this instance’s copy of a task’s state.',
    ({ entries }) => entries,
  ],
  [
    'standby_memory_bytes',
    'Memory of this instance’s copy of a task’s state, estimated.',
    ({ memoryBytes }) => memoryBytes,
  ],
];

const declareGauges = <T extends TaskLabels>(
  metrics: Metrics,
  gauges: Gauges<T>,
  readings: () => readonly T[],
): void => {
  for (const [noun, help, read] of gauges) {
    metrics.gauge({
      name: `millrace_stream_transform_${noun}`,
      help,
      labels: ['transform', 'stage', 'partition'],
      collect: (gauge) => {
        gauge.reset();
        for (const one of readings()) {
          const value = read(one);
          if (value === undefined) continue;
          const { transform, stage, partition } = one;
          gauge.set({ transform, stage: String(stage), partition: String(partition) }, value);
        }
      },
    });
  }
};
