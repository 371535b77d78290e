/**
 * The ordinary sink as a process that ends by itself: it lands given ranges of one topic under a group and an
 * epoch of its own. How it gets each row there once is the sink's own protocol; here it is started, watched
 * and waited for.
 */
import { MillraceError } from '@millrace/contracts';
import type { Admin } from '@millrace/kafka';
import { runBounded } from './run-bounded.ts';

export interface SinkRange {
  readonly topic: string;
  readonly partition: number;
  readonly from: number;
  /** Exclusive. */
  readonly end: number;
}

export interface SinkRun {
  /** Of the replay or redrive; part of every insert token. */
  readonly epoch: string;
  /** Its consumer group, placed where the ranges begin. */
  readonly group: string;
  readonly ranges: readonly SinkRange[];
  /** Behind the name of the table; empty: the contract's own table. */
  readonly tableSuffix?: string;
  /** Within the ranges only these; all when absent. */
  readonly only?: readonly SinkPlaces[];
  /** Settings beside those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface SinkPlaces {
  readonly topic: string;
  readonly partition: number;
  readonly offsets: readonly number[];
}

export interface Progress {
  /** Offsets behind the group, of those in the ranges. */
  readonly done: number;
  readonly total: number;
}

/** So that a run after a kill does not wait long for the broker to give the last one up. */
const SESSION_TIMEOUT = '6s';

/** Rejects with `replay.sink-failed` when the process ends before everything has landed, also because the signal aborted. */
export async function runBoundedSink(
  run: SinkRun,
  admin: Pick<Admin, 'committedOffsets'>,
  onProgress: (progress: Progress) => void,
  signal?: AbortSignal,
): Promise<void> {
  const watch = async (): Promise<void> => {
    const topics = [...new Set(run.ranges.map(({ topic }) => topic))];
    onProgress(progressOf(run, await admin.committedOffsets(run.group, topics)));
  };
  const code = await runBounded('sink', { ...run.env, ...settingsOf(run) }, watch, signal);
  if (code === 0) return;
  throw new MillraceError(
    'replay.sink-failed',
    `the sink of ${run.epoch} ended with ${code ?? 'a signal'} before everything had landed`,
  );
}

const settingsOf = (run: SinkRun): Readonly<Record<string, string>> => ({
  MILLRACE_SINK_ADMIN_PORT: '0',
  MILLRACE_LOG_LEVEL: 'warn',
  MILLRACE_SINK_SESSION_TIMEOUT: SESSION_TIMEOUT,
  MILLRACE_SINK_GROUP: run.group,
  MILLRACE_SINK_EPOCH: run.epoch,
  MILLRACE_SINK_TABLE_SUFFIX: run.tableSuffix ?? '',
  MILLRACE_SINK_UNTIL: run.ranges
    .map(({ topic, partition, end }) => `${topic}/${partition}:${end}`)
    .join(','),
  MILLRACE_SINK_ONLY: (run.only ?? [])
    .map(({ topic, partition, offsets }) => `${topic}/${partition}:${offsets.join('+')}`)
    .join(','),
});

function progressOf(
  { ranges }: SinkRun,
  committed: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly offset: number;
  }[],
): Progress {
  let done = 0;
  let total = 0;
  for (const { topic, partition, from, end } of ranges) {
    const at =
      committed.find((one) => one.topic === topic && one.partition === partition)?.offset ?? from;
    total += end - from;
    done += Math.max(0, Math.min(at, end) - from);
  }
  return { done, total };
}
