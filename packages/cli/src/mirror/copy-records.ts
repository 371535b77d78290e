/**
 * One session of a mirror: follows the source's partitions and copies what is committed there, partition by partition, in
 * order, as transactions that hold records and the mirror's log together. A session that breaks is followed by another,
 * which begins at the log.
 */

import {
  type ConsumedBatch,
  createAdmin,
  createTailConsumer,
  createTransactionalProducer,
  type KafkaConnection,
  type OutgoingRecord,
  type RecordRows,
  type TransactionalProducer,
} from '@millrace/kafka';
import { systemClock } from '@millrace/pipeline';
import {
  type CopiedPartition,
  groupRecords,
  logRecord,
  type NotedGroup,
  placeKey,
} from './mirror-log.ts';
import { runsOf } from './offset-runs.ts';
import type { CopyTask } from './prepare-topics.ts';

export interface CopyOptions {
  readonly name: string;
  readonly from: KafkaConnection;
  readonly producer: TransactionalProducer;
  readonly tasks: readonly CopyTask[];
  /** Ends when all is copied that the source held at the start; else it goes on until the signal. */
  readonly isOnce: boolean;
  readonly signal: AbortSignal;
  copied(records: number): void;
  /** What the source's groups have committed: noted now and then, and before the end. */
  groups(): Promise<readonly NotedGroup[]>;
  /** Retention of the source has removed records before they were copied. */
  overtaken(topic: string, partition: number, from: number, to: number): void;
}

const WAITING_BYTES_MAX = 64 * 1024 * 1024;
/** Between two transactions, when little is to be copied. */
const PAUSE_MS = 50;
const NOTE_EVERY_MS = 10_000;
const TRANSACTION_TIMEOUT_MS = 60_000;

/** Whoever opens it shuts out an earlier mirror of this name. */
export const mirrorProducer = (to: KafkaConnection, name: string): TransactionalProducer =>
  createTransactionalProducer(to, {
    transactionalId: `millrace.mirror.${name}`,
    transactionTimeoutMs: TRANSACTION_TIMEOUT_MS,
    compression: 'lz4',
    // all topics of the mirror: what is another's is not harmed by a marker of ours
    reach: { topics: () => topicsOf(to) },
  });

const topicsOf = async (connection: KafkaConnection): Promise<readonly string[]> => {
  const admin = createAdmin(connection);
  try {
    return await admin.listTopics();
  } finally {
    await admin.close();
  }
};

interface Waiting {
  readonly task: CopyTask;
  records: RecordRows[];
  next: number;
  bytes: number;
}

/** Resolves when it was told to end, or has copied everything with `isOnce`; rejects with `kafka.*`. */
export async function copyRecords(options: CopyOptions): Promise<void> {
  const { from, tasks, isOnce, signal } = options;
  const taskOf = new Map(tasks.map((task) => [placeKey(task.topic, task.partition), task]));
  const waiting = new Map<string, Waiting>();
  const copiedOnce = new Set<CopyTask>();
  let isPaused = false;

  const tail = createTailConsumer(from, {
    isolation: 'read_committed',
    batch: ({ topic, partition, records, nextOffset }: ConsumedBatch) => {
      const key = placeKey(topic, partition);
      const one = waiting.get(key) ?? { task: taskOf.get(key)!, records: [], next: 0, bytes: 0 };
      if (records.length > 0) one.records.push(records);
      one.bytes += records.spans.reduce((sum, { pack }) => sum + pack.heldBytes, 0);
      one.next = nextOffset;
      waiting.set(key, one);
      if (!isPaused && waitingBytes() > WAITING_BYTES_MAX) {
        isPaused = true;
        tail.pause(tasks);
      }
    },
    overtaken: ({ topic, partition }, fromOffset, logStart) =>
      options.overtaken(topic, partition, fromOffset, logStart),
  });
  const waitingBytes = () => [...waiting.values()].reduce((sum, { bytes }) => sum + bytes, 0);

  /** One transaction with all that waits. */
  const copyWaiting = async (): Promise<void> => {
    const taken = [...waiting.values()];
    waiting.clear();
    if (isPaused) {
      isPaused = false;
      tail.resume(tasks);
    }
    if (taken.length > 0) options.copied(await copyOnce(taken, copiedOnce, options));
  };

  let notedMs = Number.NEGATIVE_INFINITY;
  const noteGroups = async (isDue: boolean): Promise<void> => {
    if (!isDue && systemClock.nowMs() - notedMs < NOTE_EVERY_MS) return;
    notedMs = systemClock.nowMs();
    const groups = await options.groups();
    if (groups.length === 0) return;
    await options.producer.transaction((transaction) =>
      transaction.send([groupRecords(options.name, groups)]),
    );
  };

  try {
    const begun = await tail.add(tasks);
    for (const { topic, partition, offset } of begun) {
      const { fromOffset } = taskOf.get(placeKey(topic, partition))!;
      if (fromOffset > 0 && offset > fromOffset)
        options.overtaken(topic, partition, fromOffset, offset);
    }
    let isCaughtUp = false;
    if (isOnce) {
      tail.caughtUp(tasks).then(
        () => {
          isCaughtUp = true;
        },
        // The loop below meets the same failure.
        () => undefined,
      );
    }
    while (!signal.aborted) {
      // Asked first: what was delivered until then is waiting.
      const isLast = isCaughtUp;
      await copyWaiting();
      await noteGroups(isLast);
      if (isLast) return await options.producer.settle();
      await pauseOrFail(tail.finished, signal);
    }
    await copyWaiting();
  } finally {
    await tail.close();
  }
}

/** A little rest; rejects when the following of the source has broken. */
const pauseOrFail = (finished: Promise<void>, signal: AbortSignal): Promise<void> =>
  Promise.race([systemClock.sleep(PAUSE_MS, signal).catch(() => undefined), finished]);

async function copyOnce(
  taken: readonly Waiting[],
  begun: Set<CopyTask>,
  options: CopyOptions,
): Promise<number> {
  const { name, producer } = options;
  const batches = taken.map(({ task, records, next }) => {
    const rows = records.flatMap((one) => [...one]);
    return { task, next, offsets: rows.map(({ offset }) => offset), records: rows.map(recordOf) };
  });
  const full = batches.filter(({ records }) => records.length > 0);
  await producer.transaction(async (transaction) => {
    const produced = await transaction.send(
      full.map(({ task: { topic, partition }, records }) => ({ topic, partition, records })),
    );
    const atMs = systemClock.nowMs();
    const copied = batches.map((batch): CopiedPartition => {
      const parts = produced[full.indexOf(batch)]?.parts ?? [];
      const { topic, partition, sourceId, copyId, isNew } = batch.task;
      const isFirst = isNew && !begun.has(batch.task);
      const runs = runsOf(batch.offsets, parts);
      return { topic, partition, sourceId, copyId, next: batch.next, atMs, runs, isFirst };
    });
    await transaction.send([logRecord(name, copied)]);
  });
  for (const { task } of batches) begun.add(task);
  return full.reduce((sum, { records }) => sum + records.length, 0);
}

/** Key, value, headers and time as they are: not decoded, so that ids of schemas stay what they were. */
const recordOf = ({
  key,
  value,
  headers,
  timestampMs,
}: ReturnType<RecordRows['at']>): OutgoingRecord => ({ key, value, headers, timestampMs });
