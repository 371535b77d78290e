/**
 * Who wants to know what comes through the stream, besides those who write it: snapshots that run beside it,
 * signals. Told synchronously, in the stream's order; what was written before a restart is not told again.
 */
import type { Tuple } from '@millrace/pgoutput';
import type { CapturedTable } from './captured-table.ts';
import type { RowChange } from './row-change.ts';

export interface StreamMessage {
  /** True when it belongs to a transaction and came with its commit. */
  readonly transactional: boolean;
  readonly prefix: string;
  /** Valid until the call returns. */
  readonly content: Buffer;
  readonly lsn: bigint;
  /** Absent outside a transaction. */
  readonly transactionId: number | undefined;
}

export interface StreamListener {
  /** A logical message (pg_logical_emit_message). Outside a transaction it comes between two of them. */
  readonly logicalMessage?: (message: StreamMessage) => void;
  /** A row change that is about to be written. */
  readonly rowChange?: (table: CapturedTable, change: RowChange) => void;
  /** A row inserted into a table that is published and not captured. */
  readonly otherInsert?: (relationOid: number, row: Tuple) => void;
  readonly truncated?: (table: CapturedTable) => void;
}
