/** What a snapshot beside the stream asks of PostgreSQL. */
import type { CapturedTable } from '../captured-table.ts';
import { checkChoice } from '../snapshot/check-choice.ts';
import type { RowChoice } from '../snapshot/row-choice.ts';
import type { BlocksDone } from '../snapshot/table-progress.ts';
import type { SourceConnection } from '../source/source-connection.ts';
import type { ChunkRange } from './key-chunk.ts';
import { readInWindow, type WindowChunk, type WindowReading } from './read-in-window.ts';

export interface WindowSource {
  /** Throws `cdc.choice-invalid` when the rows that were asked for cannot be read. */
  check(table: CapturedTable, choice: RowChoice): Promise<void>;
  /** The next rows in key order, in a snapshot that holds all that the stream has delivered until now. */
  readChunk(
    range: Omit<ChunkRange, 'conditions' | 'place'>,
    choice: RowChoice,
    blocksDone: BlocksDone | undefined,
  ): Promise<WindowChunk>;
  /** Puts a mark into the log: behind all that a chunk read before has seen. */
  putMark(mark: string): Promise<void>;
  /** After a refusal: leaves no transaction open. */
  reset(): Promise<void>;
}

/** Marks are written on `control`, which others use, too. */
export const createWindowSource = (
  control: SourceConnection,
  reading: WindowReading,
  markPrefix: string,
): WindowSource => ({
  check: (table, choice) => checkChoice(reading.connection, table.shape, choice),
  readChunk: (range, choice, blocksDone) => readInWindow(reading, range, choice, blocksDone),
  putMark: async (mark) => {
    await control.query('select pg_logical_emit_message(true, $1, $2)', [markPrefix, mark]);
  },
  reset: async () => {
    await reading.connection.query('rollback');
  },
});
