/**
 * The rows of planned tables, read by several streams and written in rounds of one Kafka transaction each. A round
 * holds whole chunks and says which, so what a killed snapshot has written is neither lost nor written again. Tables
 * that cannot be cut are one round, which has more time than others.
 */
import { MillraceError, snapshotFact } from '@millrace/contracts';
import type { PartitionBatch, TransactionalProducer } from '@millrace/kafka';
import type { Logger } from '@millrace/pipeline';
import { createSlabPool } from '../change-batch.ts';
import type { CdcMetrics } from '../metrics.ts';
import type { Notify } from '../notifications/notification.ts';
import { createRoundNotices } from '../notifications/round-notices.ts';
import { createCopyOut } from '../source/copy-out.ts';
import { readSlot } from '../source/slot.ts';
import type { SourceConnection } from '../source/source-connection.ts';
import type { StateLog } from '../state-log.ts';
import type { EncodeChange } from '../steps/encode-change.ts';
import { type ChunkReading, readChunk } from './read-chunk.ts';
import { createRoundWriter, type RoundWriter } from './round-writer.ts';
import { heapsDone, isDone, isWhole, type SnapshotPlan } from './snapshot-plan.ts';
import { createSnapshotProgress } from './snapshot-progress.ts';
import { encodeProgress } from './table-progress.ts';

export interface RoundOptions {
  readonly slotName: string;
  readonly producer: TransactionalProducer;
  readonly state: StateLog;
  readonly encodeChange: EncodeChange;
  readonly batchBytesMax: number;
  /** Of the Kafka transaction that holds tables which cannot be cut. */
  readonly wholeTimeoutMs: number;
  readonly notify: Notify;
  readonly metrics: CdcMetrics;
  readonly logger: Logger;
  readonly nowMs: () => number;
  /** Aborts when no further chunk is to be read. */
  readonly signal: AbortSignal;
}

/** A round that has grown past so many full batches takes no further chunk. */
const ROUND_BATCHES = 48;
/** Well below any transaction timeout: what is open hides what other sources write behind it. */
const ROUND_MS = 5000;
/** What the last chunk and the commit may still take of the time of a transaction. */
const WHOLE_SHARE = 0.9;

type Reading = ChunkReading & { readonly xmin: string };

const readingOf = async (
  reader: SourceConnection,
  { encodeChange, metrics, nowMs, slotName }: RoundOptions,
): Promise<Reading> => {
  const [moment] = await reader.query<{ us: string; xmin: string }>(
    `select (extract(epoch from now()) * 1000000)::int8 as us,
            pg_snapshot_xmin(pg_current_snapshot())::text as xmin`,
  );
  const slot = await readSlot(reader, slotName);
  if (slot === undefined || moment === undefined) {
    throw new MillraceError('cdc.source-unavailable', 'the slot is gone', { retryable: true });
  }
  return {
    ...{ encodeChange, metrics, xmin: moment.xmin },
    context: {
      ...{ serial: 0, committedAtUs: BigInt(moment.us), transactionId: undefined },
      ...{ lastCommitLsn: undefined, origin: undefined, processedAtMs: nowMs() },
    },
    // Not the consistent point: changes that committed behind it may have been made before it, and
    // whoever orders rows of a key by LSN must find the snapshot's the oldest.
    lsn: Number(slot.restartLsn),
  };
};

/** What every table's progress is after this round; tables that stand still say nothing. */
const progressRecords = (
  plan: SnapshotPlan,
  before: ReadonlyMap<object, number>,
  xmin: string,
  state: StateLog,
): readonly PartitionBatch[] =>
  plan.tables
    .filter((work) => before.get(work) !== work.done)
    .map((work) => {
      const { schema, table } = work.table.shape;
      return state.recordOf(
        snapshotFact({ schema, table }),
        encodeProgress({
          ...{ schema, table, rows: work.rows, status: isDone(work) ? 'done' : 'running' },
          ...(isDone(work) || isWhole(work)
            ? {}
            : { blocksDone: { xmin, heaps: heapsDone(work) } }),
          ...work.choice,
        }),
      );
    });

const stopped = (): MillraceError =>
  new MillraceError('cdc.source-unavailable', 'the snapshot was stopped', { retryable: true });

/** Tables that cannot be cut, and the time that their one transaction has. */
const createWholeWatch = (plan: SnapshotPlan, { nowMs, signal, wholeTimeoutMs }: RoundOptions) => {
  const untilMs = nowMs() + WHOLE_SHARE * wholeTimeoutMs;
  const names = plan.wholeLeft.map(({ table: { shape } }) => `${shape.schema}.${shape.table}`);
  return (): void => {
    // half of it must not be written
    if (signal.aborted) throw stopped();
    if (nowMs() < untilMs) return;
    throw new MillraceError(
      'cdc.snapshot-too-long',
      `${names.join(', ')} must be read in one Kafka transaction, and ${wholeTimeoutMs / 1000} s were not enough`,
    );
  };
};

/**
 * Runs rounds until every chunk is read; false when `signal` aborted before. All that was read is committed, the
 * first round together with `withFirst`. Throws `cdc.snapshot-too-long`, `cdc.source-unavailable`, kafka.*.
 */
export const writeRounds = async (
  plan: SnapshotPlan,
  readers: readonly SourceConnection[],
  withFirst: readonly PartitionBatch[],
  options: RoundOptions,
): Promise<boolean> => {
  const { logger, metrics, nowMs, producer, signal, state } = options;
  const reading = await readingOf(readers[0] as SourceConnection, options);
  const copies = readers.map(createCopyOut);
  const pool = createSlabPool();
  const opening = { isOpen: true };
  const progress = createSnapshotProgress(plan, metrics, logger, nowMs);
  const told = new Map<object, number>();
  const notices = createRoundNotices(plan, options.notify);

  const round = (more: readonly PartitionBatch[]): Promise<void> => {
    const isWholeRound = plan.wholeLeft.length > 0;
    const hasRows = plan.wholeLeft.some(({ isEmpty }) => !isEmpty);
    const watch = isWholeRound ? createWholeWatch(plan, options) : undefined;
    const startedMs = nowMs();
    const isOver = (writer: RoundWriter): boolean => {
      watch?.();
      if (isWholeRound) return plan.wholeLeft.length === 0;
      const isLarge = writer.byteCount >= ROUND_BATCHES * options.batchBytesMax;
      return signal.aborted || isLarge || nowMs() - startedMs >= ROUND_MS;
    };
    return producer.transaction(
      async (transaction) => {
        const writer = createRoundWriter(transaction, pool, options.batchBytesMax, watch);
        const stream = async (copy: (typeof copies)[number]): Promise<void> => {
          while (!isOver(writer)) {
            const work = plan.take();
            if (work === undefined) return;
            await readChunk(work, copy, writer, opening, reading);
            plan.finished(work);
            progress.chunkRead(work);
            progress.tell();
          }
        };
        await Promise.all(copies.map(stream));
        const facts = progressRecords(plan, told, reading.xmin, state);
        await writer.finish([...facts, ...notices(), ...more]);
        metrics.written(writer.recordCount, writer.byteCount, 0);
      },
      // empty ones alone need none of it, and a broker may allow less
      hasRows ? { timeoutMs: options.wholeTimeoutMs } : undefined,
    );
  };

  for (let isFirst = true; isFirst || !plan.isComplete; isFirst = false) {
    if (signal.aborted) return false;
    await round(isFirst ? withFirst : []);
    for (const work of plan.tables) told.set(work, work.done);
  }
  progress.tell();
  return true;
};
