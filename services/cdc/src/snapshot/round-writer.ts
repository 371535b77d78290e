/**
 * Rows of several streams on their way into one Kafka transaction: one batch is sent while the next is filled.
 * A round ends when every stream stands between two chunks, so that what is committed is whole chunks.
 */
import type { PartitionBatch, Transaction } from '@millrace/kafka';
import { type ChangeBatch, createChangeBatch, type createSlabPool } from '../change-batch.ts';

export interface RoundWriter {
  /** The batch that takes the next row. */
  readonly open: ChangeBatch;
  /** The open batch is as large as a batch may be: `flush` before more is read. */
  readonly isFull: boolean;
  /** Sends the open batch; resolves when the batch before it was sent. Rejects with kafka.* errors. */
  flush(): Promise<void>;
  /** Records written in this round, bytes. */
  readonly byteCount: number;
  readonly recordCount: number;
  /** Sends what is left and `more`; resolves when all is sent. */
  finish(more: readonly PartitionBatch[]): Promise<void>;
}

export const createRoundWriter = (
  transaction: Transaction,
  pool: ReturnType<typeof createSlabPool>,
  batchBytesMax: number,
  /** Throws when nothing more may be written. */
  check: () => void = () => undefined,
): RoundWriter => {
  let open = createChangeBatch(pool);
  let sending: Promise<unknown> = Promise.resolve();
  let sentBytes = 0;
  let sentRecords = 0;

  const flush = async (): Promise<void> => {
    check();
    const before = sending;
    const batch = open;
    open = createChangeBatch(pool);
    sentBytes += batch.byteCount;
    sentRecords += batch.recordCount;
    sending = before
      .then(() => transaction.send(batch.partitionBatches()))
      .then(() => batch.release());
    // a rejection is met at the next await; until then it is not unhandled
    sending.catch(() => undefined);
    await before;
  };

  return {
    get open() {
      return open;
    },
    get isFull() {
      return open.byteCount >= batchBytesMax;
    },
    flush,
    get byteCount() {
      return sentBytes + open.byteCount;
    },
    get recordCount() {
      return sentRecords + open.recordCount;
    },
    finish: async (more) => {
      await flush();
      await sending;
      await transaction.send(more);
    },
  };
};
