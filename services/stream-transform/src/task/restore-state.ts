/**
 * Brings the state of a task up to the ends of its changelogs, and no further. Records go to the stores as bytes, and are
 * decoded when somebody asks for the key. Not here: following a changelog that goes on (`standbys/`).
 */
import {
  type Admin,
  type KafkaConnection,
  type RecordRows,
  readPartitionRows,
  recordKey,
  rowsOfSpans,
} from '@millrace/kafka';
import type { Clock, Logger } from '@millrace/pipeline';
import type { TaskState } from '../state/task-state.ts';
import type { MigratedValues } from './migrate-values.ts';

/** How far a restore has come. */
export interface RestoreProgress {
  readonly records: number;
  /** Records between where it began and the end, about. */
  readonly of: number;
}

export interface RestoreOptions {
  readonly task: string;
  readonly partition: number;
  readonly topicOf: (store: string) => string;
  readonly kafka: KafkaConnection;
  readonly admin: Admin;
  readonly clock: Clock;
  readonly logger: Logger;
  /**
   * Whether a changelog record is of a commit that is known to be done; absent where an aborted one leaves no
   * records that are read.
   */
  isCommitted?(headers: Readonly<Record<string, Buffer>>): boolean;
  /** Told now and then, and at the end. */
  restoring(progress: RestoreProgress): void;
  readonly signal: AbortSignal;
}

const TELL_EVERY_MS = 10_000;

/** Behind the fence of the task, so that the end is the end. Answers with the records that were read. */
export const restoreState = async (
  state: TaskState,
  values: ReadonlyMap<string, MigratedValues>,
  options: RestoreOptions,
): Promise<number> => {
  const { partition, topicOf, kafka, clock, logger, task, signal } = options;
  const { begins, of } = await beginningsOf(state, options);
  const startedMs = clock.nowMs();
  let toldMs = startedMs;
  let records = 0;
  for (const [name, fromOffset] of begins) {
    const isolation = 'read_committed';
    const where = { topic: topicOf(name), partition, fromOffset, isolation } as const;
    const migrated = values.get(name)!;
    for await (const rows of readPartitionRows(kafka, where)) {
      signal.throwIfAborted();
      restoreRows(state, name, committedOf(rows, options), migrated);
      // A checkpoint says that the changelog is done up to here, which it is once it has what was migrated.
      if (!migrated.isPending) state.restored(new Map([[name, nextOffsetOf(rows)]]));
      records += rows.length;
      options.restoring({ records, of });
      const nowMs = clock.nowMs();
      if (nowMs - toldMs < TELL_EVERY_MS) continue;
      toldMs = nowMs;
      const leftSeconds = Math.round((((nowMs - startedMs) / records) * (of - records)) / 1000);
      logger.info({ task, records, of, leftSeconds }, 'restoring state');
    }
    migrated.finish();
  }
  options.restoring({ records, of: records });
  return records;
};

/** Where each changelog is to be read from, and how much there is to read. */
const beginningsOf = async (
  state: TaskState,
  { partition, topicOf, admin }: RestoreOptions,
): Promise<{ readonly begins: ReadonlyMap<string, number>; readonly of: number }> => {
  const begins = new Map<string, number>();
  let of = 0;
  for (const name of state.names) {
    const offsets = await admin.partitionOffsets(topicOf(name));
    const { low, stable } = offsets.find((one) => one.partition === partition)!;
    const from = Math.max(low, state.nextOffset(name));
    begins.set(name, from);
    of += Math.max(0, stable - from);
  }
  return { begins, of };
};

const committedOf = (rows: RecordRows, { isCommitted }: RestoreOptions): RecordRows => {
  if (isCommitted === undefined) return rows;
  const wanted = new Set<number>();
  for (const { offset, headers } of rows) if (isCommitted(headers)) wanted.add(offset);
  return rows.where((offset) => wanted.has(offset));
};

/** Takes fetched changelog records into a store; their bytes are copied. */
export const restoreRows = (
  state: TaskState,
  store: string,
  rows: RecordRows,
  migrated: MigratedValues,
): void => {
  for (const span of rows.spans) {
    const { pack, from, to } = span;
    if (!migrated.isPlain(pack.bytes)) {
      for (const { key, value, headers } of rowsOfSpans([span])) {
        const now = migrated.take(key!, value, headers);
        if (now !== undefined) state.restore(store, key!, now);
      }
      continue;
    }
    const { bytes, valueStarts, valueEnds } = pack;
    for (let index = from; index < to; index += 1) {
      const start = valueStarts[index]!;
      const value = start < 0 ? null : bytes.subarray(start, valueEnds[index]!);
      state.restore(store, recordKey(pack, index)!, value);
    }
  }
};

const nextOffsetOf = ({ spans }: RecordRows): number => {
  const { pack, to } = spans.at(-1)!;
  return pack.offsets[to - 1]! + 1;
};
