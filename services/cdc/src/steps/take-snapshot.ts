/**
 * The initial snapshot: every captured table as of the slot's consistent point, and the position behind it,
 * in one Kafka transaction. Killed anywhere, nothing of it is seen and the next start begins again. Rows are
 * COPY's text, the same text that the stream carries, so both encode to the same bytes.
 *
 *   1 create the slot; PostgreSQL exports the snapshot of its consistent point
 *   2 read each table in that snapshot
 *   3 commit rows and position together
 */
import type { Transaction, TransactionalProducer } from '@millrace/kafka';
import type { Logger } from '@millrace/pipeline';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { CapturedTable } from '../captured-table.ts';
import { type ChangeBatch, createChangeBatch, createSlabPool } from '../change-batch.ts';
import type { ColumnModes } from '../columns/column-modes.ts';
import type { SnapshotMarker } from '../envelope/envelope-schema.ts';
import type { ChangeContext } from '../envelope/source-block.ts';
import type { CdcMetrics } from '../metrics.ts';
import type { Position } from '../position.ts';
import type { PositionLog } from '../position-log.ts';
import { type CatalogTable, describeTable } from '../source/catalog.ts';
import { createCopyTextReader, type RowHandler } from '../source/copy-text-reader.ts';
import { createSlot, readSlot } from '../source/slot.ts';
import type { SourceConnection } from '../source/source-connection.ts';
import { sourceError } from '../source/source-error.ts';
import type { EncodeChange } from './encode-change.ts';

export interface SnapshotOptions {
  readonly slotName: string;
  readonly systemId: string;
  readonly tables: readonly CatalogTable[];
  readonly producer: TransactionalProducer;
  readonly positions: PositionLog;
  readonly encodeChange: EncodeChange;
  readonly modes: ColumnModes;
  readonly batchBytesMax: number;
  connect(role: string, replication: boolean): Promise<SourceConnection>;
  prepareTable(shape: Awaited<ReturnType<typeof describeTable>>): Promise<CapturedTable>;
  readonly metrics: CdcMetrics;
  readonly logger: Logger;
  readonly nowMs: () => number;
}

interface Place {
  readonly isFirstTable: boolean;
  readonly isLastTable: boolean;
}

export const snapshotMarker = (
  place: Place,
  isFirstRow: boolean,
  isLastRow: boolean,
): SnapshotMarker => {
  if (isLastRow && place.isLastTable) return 'last';
  if (isFirstRow && place.isFirstTable) return 'first';
  if (isLastRow) return 'last_in_data_collection';
  return isFirstRow ? 'first_in_data_collection' : 'true';
};

/** Sends one batch while the next is filled. */
const createSender = (transaction: Transaction, bytesMax: number) => {
  const pool = createSlabPool();
  let open = createChangeBatch(pool);
  let sending: Promise<unknown> = Promise.resolve();
  const sendOpen = async (): Promise<void> => {
    await sending;
    const batch = open;
    open = createChangeBatch(pool);
    sending = transaction.send(batch.partitionBatches()).then(() => batch.release());
    // a rejection is met at the next await; until then it is not unhandled
    sending.catch(() => undefined);
  };
  return {
    open: (): ChangeBatch => open,
    sendWhenFull: async (): Promise<void> => {
      if (open.byteCount >= bytesMax) await sendOpen();
    },
    finish: async (): Promise<void> => {
      if (open.recordCount > 0) await sendOpen();
      await sending;
    },
  };
};

const copyStatement = (table: CapturedTable, catalog: CatalogTable): string => {
  const columns = table.shape.columns.map((column) => pg.escapeIdentifier(column.name)).join(', ');
  const name = `${pg.escapeIdentifier(catalog.schema)}.${pg.escapeIdentifier(catalog.table)}`;
  // a SELECT, since COPY of a partitioned table by name is refused
  return `copy (select ${columns} from ${name}) to stdout`;
};

export const takeSnapshot = async (options: SnapshotOptions): Promise<Position> => {
  const { encodeChange, logger, metrics, producer, tables } = options;
  const startedMs = options.nowMs();
  const replication = await options.connect('slot', true);
  try {
    const slot = await createSlot(replication, options.slotName);
    const reader = await options.connect('snapshot', false);
    try {
      await reader.query('begin transaction isolation level repeatable read read only');
      await reader.query(`set transaction snapshot ${pg.escapeLiteral(slot.snapshotName)}`);
      const [clock] = await reader.query<{ us: string }>(
        'select (extract(epoch from now()) * 1000000)::int8 as us',
      );
      const state = await readSlot(reader, options.slotName);
      const context: ChangeContext = {
        serial: 0,
        committedAtUs: BigInt(clock?.us ?? 0),
        transactionId: undefined,
        lastCommitLsn: undefined,
        origin: undefined,
        processedAtMs: startedMs,
      };
      // Not the consistent point: changes that committed behind it may have been made before it, and
      // whoever orders rows of a key by LSN must find the snapshot's the oldest.
      const lsn = Number(state?.restartLsn ?? slot.consistentLsn);
      const position = { commitLsn: slot.consistentLsn, index: 0, systemId: options.systemId };
      let rowCount = 0;

      const copyTable = async (
        transaction: ReturnType<typeof createSender>,
        catalog: CatalogTable,
        place: Place,
      ): Promise<void> => {
        const table = await options.prepareTable(
          await describeTable(reader, catalog, options.modes),
        );
        const rows = createCopyTextReader(table.shape.columns.length);
        let isFirst = true;
        const onRow: RowHandler = (row, rowBytes, isLast) => {
          const marker = snapshotMarker(place, isFirst, isLast);
          isFirst = false;
          rowCount++;
          const raw = row.bytes.subarray(row.starts[0] ?? 0, (row.starts[0] ?? 0) + rowBytes);
          const outcome = encodeChange(
            table,
            {
              op: 'r',
              oldKind: undefined,
              old: undefined,
              row,
              raw,
              source: { context, marker, lsn },
            },
            transaction.open(),
          );
          metrics.changed('r', outcome);
        };
        try {
          const copy = reader.client.query(copyTo(copyStatement(table, catalog)));
          for await (const chunk of copy as AsyncIterable<Buffer>) {
            rows.feed(chunk, onRow);
            await transaction.sendWhenFull();
          }
        } catch (error) {
          throw sourceError(error, 'reading the snapshot');
        }
        rows.finish(onRow);
      };

      await producer.transaction(async (transaction) => {
        const sender = createSender(transaction, options.batchBytesMax);
        for (const [i, table] of tables.entries()) {
          metrics.snapshotTable(i, tables.length);
          const place = { isFirstTable: i === 0, isLastTable: i === tables.length - 1 };
          await copyTable(sender, table, place);
        }
        await sender.finish();
        await transaction.send([options.positions.recordOf(position)]);
      });
      metrics.snapshotTable(tables.length, tables.length);
      logger.info(
        { rows: rowCount, tables: tables.length, durationMs: options.nowMs() - startedMs },
        'snapshot committed',
      );
      return position;
    } finally {
      await reader.close();
    }
  } finally {
    await replication.close();
  }
};
