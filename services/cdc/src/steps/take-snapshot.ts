/**
 * The initial snapshot: every table as of the slot's consistent point, read by several streams in ranges of
 * blocks, written in rounds of one Kafka transaction each. A round holds whole chunks and says which, so what a
 * killed snapshot has written is neither lost nor written again: the rest is read beside the stream.
 *
 *   1 create the slot; PostgreSQL exports the snapshot of its consistent point
 *   2 cut the tables into chunks, and keep them from being rewritten
 *   3 rounds: read chunks, commit them with their progress; the first holds the position, too, and all
 *     tables without a key, whose rows nobody could tell apart later
 */
import { MillraceError } from '@millrace/contracts';
import type { TransactionalProducer } from '@millrace/kafka';
import type { Logger } from '@millrace/pipeline';
import pg from 'pg';
import type { CapturedTable } from '../captured-table.ts';
import { createSlabPool } from '../change-batch.ts';
import type { ColumnModes } from '../columns/column-modes.ts';
import { encodeTables, TABLES_FACT } from '../incremental/watch-tables.ts';
import type { CdcMetrics } from '../metrics.ts';
import type { Position } from '../position.ts';
import type { PositionLog } from '../position-log.ts';
import { chunksOf, listHeaps } from '../snapshot/chunks.ts';
import { type ChunkReading, readChunk } from '../snapshot/read-chunk.ts';
import { createRoundWriter, type RoundWriter } from '../snapshot/round-writer.ts';
import {
  createSnapshotPlan,
  heapsDone,
  isDone,
  isKeyless,
  type PlannedTable,
  type SnapshotPlan,
} from '../snapshot/snapshot-plan.ts';
import { createSnapshotProgress } from '../snapshot/snapshot-progress.ts';
import { encodeProgress, progressKey } from '../snapshot/table-progress.ts';
import { type CatalogTable, describeTable } from '../source/catalog.ts';
import { type CopyOut, createCopyOut } from '../source/copy-out.ts';
import { createSlot, readSlot } from '../source/slot.ts';
import type { SourceConnection } from '../source/source-connection.ts';
import type { StateLog } from '../state-log.ts';
import type { EncodeChange } from './encode-change.ts';

export interface SnapshotOptions {
  readonly slotName: string;
  /** The slot is kept on standbys, too. */
  readonly isFailoverSlot: boolean;
  readonly systemId: string;
  readonly tables: readonly CatalogTable[];
  /** All that are captured from now on, also those that the snapshot leaves out. */
  readonly captured: readonly CatalogTable[];
  /** Facts of an earlier snapshot that do not hold any more. */
  readonly forget: readonly string[];
  /** Limits a table's rows; undefined: all of them. */
  conditionOf(table: CatalogTable): string | undefined;
  readonly producer: TransactionalProducer;
  readonly positions: PositionLog;
  readonly state: StateLog;
  readonly encodeChange: EncodeChange;
  readonly modes: ColumnModes;
  readonly streams: number;
  /** Of a table's file, bytes. */
  readonly chunkBytes: number;
  readonly batchBytesMax: number;
  /** How long a table that is being altered is waited for, ms. */
  readonly lockTimeoutMs: number;
  connect(role: string, replication: boolean): Promise<SourceConnection>;
  prepareTable(shape: Awaited<ReturnType<typeof describeTable>>): Promise<CapturedTable>;
  readonly metrics: CdcMetrics;
  readonly logger: Logger;
  readonly nowMs: () => number;
}

/** A round that has grown past so many full batches takes no further chunk. */
const ROUND_BATCHES = 48;
/** Well below any transaction timeout: what is open hides what other sources write behind it. */
const ROUND_MS = 5000;

/** A session that sees the exported snapshot. */
const openReader = async (options: SnapshotOptions, snapshotName: string) => {
  const connection = await options.connect('snapshot', false);
  await connection.query('begin transaction isolation level repeatable read read only');
  await connection.query(`set transaction snapshot ${pg.escapeLiteral(snapshotName)}`);
  return connection;
};

/** No ALTER TABLE, TRUNCATE or VACUUM FULL until the snapshot ends: blocks stay what they are. */
const lockTables = async (
  reader: SourceConnection,
  { lockTimeoutMs, tables }: SnapshotOptions,
): Promise<void> => {
  if (tables.length === 0) return;
  const names = tables.map(
    ({ schema, table }) => `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(table)}`,
  );
  await reader.query(`set local lock_timeout = ${lockTimeoutMs}`);
  await reader.query(`lock table ${names.join(', ')} in access share mode`);
};

const planTable = async (
  reader: SourceConnection,
  table: CatalogTable,
  options: SnapshotOptions,
): Promise<PlannedTable> => ({
  table: await options.prepareTable(await describeTable(reader, table, options.modes)),
  chunks: chunksOf(await listHeaps(reader, table), options.chunkBytes),
  condition: options.conditionOf(table),
});

const readingOf = async (
  reader: SourceConnection,
  { encodeChange, metrics, nowMs, slotName }: SnapshotOptions,
): Promise<ChunkReading & { readonly xmin: string }> => {
  const [moment] = await reader.query<{ us: string; xmin: string }>(
    `select (extract(epoch from now()) * 1000000)::int8 as us,
            pg_snapshot_xmin(pg_current_snapshot())::text as xmin`,
  );
  const slot = await readSlot(reader, slotName);
  if (slot === undefined || moment === undefined) {
    throw new MillraceError('cdc.source-unavailable', 'the new slot is gone', { retryable: true });
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
) =>
  plan.tables
    .filter((work) => before.get(work) !== work.done)
    .map((work) => {
      const { schema, table } = work.table.shape;
      return state.recordOf(
        progressKey({ schema, table }),
        encodeProgress({
          ...{ schema, table, rows: work.rows, status: isDone(work) ? 'done' : 'running' },
          ...(isDone(work) || isKeyless(work)
            ? {}
            : { blocksDone: { xmin, heaps: heapsDone(work) } }),
          ...(work.condition === undefined ? {} : { condition: work.condition }),
        }),
      );
    });

/** Runs rounds until every chunk is read; returns when all is committed. */
const runRounds = async (
  plan: SnapshotPlan,
  readers: readonly CopyOut[],
  reading: Awaited<ReturnType<typeof readingOf>>,
  position: Position,
  options: SnapshotOptions,
): Promise<void> => {
  const pool = createSlabPool();
  const opening = { isOpen: true };
  const { logger, metrics, nowMs, producer, state } = options;
  const progress = createSnapshotProgress(plan, metrics, logger, nowMs);
  const told = new Map<object, number>();
  const isOver = (writer: RoundWriter, startedMs: number): boolean =>
    !plan.keylessLeft &&
    (writer.byteCount >= ROUND_BATCHES * options.batchBytesMax || nowMs() - startedMs >= ROUND_MS);

  const round = (isFirst: boolean): Promise<void> =>
    producer.transaction(async (transaction) => {
      const startedMs = nowMs();
      const writer = createRoundWriter(transaction, pool, options.batchBytesMax);
      const stream = async (reader: CopyOut): Promise<void> => {
        while (!isOver(writer, startedMs)) {
          const work = plan.take();
          if (work === undefined) return;
          await readChunk(work, reader, writer, opening, reading);
          plan.finished(work);
          progress.chunkRead(work);
          progress.tell();
        }
      };
      await Promise.all(readers.map(stream));
      await writer.finish([
        ...progressRecords(plan, told, reading.xmin, state),
        ...(isFirst
          ? [
              ...options.forget.map((key) => state.recordOf(key, null)),
              state.recordOf(TABLES_FACT, encodeTables(options.captured)),
              options.positions.recordOf(position),
            ]
          : []),
      ]);
      metrics.written(writer.recordCount, writer.byteCount, 0);
    });

  let isFirst = true;
  while (isFirst || !plan.isComplete) {
    await round(isFirst);
    isFirst = false;
    for (const work of plan.tables) told.set(work, work.done);
  }
  progress.tell();
};

/** Returns the position from which the stream goes on. */
export const takeSnapshot = async (options: SnapshotOptions): Promise<Position> => {
  const startedMs = options.nowMs();
  const replication = await options.connect('slot', true);
  const readers: SourceConnection[] = [];
  try {
    const slot = await createSlot(
      ...([replication, options.slotName, options.isFailoverSlot] as const),
    );
    for (let i = 0; i < options.streams; i++) {
      readers.push(await openReader(options, slot.snapshotName));
    }
    const [first] = readers as [SourceConnection];
    // all of them before the first row: one that waited for its lock behind an ALTER, which waits for another's,
    // would wait for ever
    for (const reader of readers) await lockTables(reader, options);
    const planned: PlannedTable[] = [];
    for (const table of options.tables) planned.push(await planTable(first, table, options));
    const plan = createSnapshotPlan(planned);
    const reading = await readingOf(first, options);
    const position = { commitLsn: slot.consistentLsn, index: 0, systemId: options.systemId };
    await runRounds(plan, readers.map(createCopyOut), reading, position, options);
    const rows = plan.tables.reduce((sum, work) => sum + work.rows, 0);
    options.logger.info(
      { rows, tables: plan.tables.length, durationMs: options.nowMs() - startedMs },
      'snapshot committed',
    );
    return position;
  } finally {
    await Promise.all([replication, ...readers].map((connection) => connection.close()));
  }
};
