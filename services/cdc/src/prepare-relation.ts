/** From what the stream says of a table to the table as it is written: its shape, its schemas, and whether they are taken. */
import { MillraceError } from '@millrace/contracts';
import type { Clock } from '@millrace/pipeline';
import type { ColumnModes } from './columns/column-modes.ts';
import { isBinaryCapable } from './envelope/table-shape.ts';
import type { BesideStream } from './incremental/beside-stream.ts';
import type { Outputs } from './outputs.ts';
import { type IncompatibleTables, isIncompatible } from './schemas/incompatible-tables.ts';
import { describeRelation } from './source/describe-relation.ts';
import type { RememberedShapes } from './source/remembered-shapes.ts';
import type { SourceConnection } from './source/source-connection.ts';
import { transactionVisible } from './source/transaction-visible.ts';
import type { PrepareRelation } from './told-tables.ts';

export interface PrepareOptions {
  readonly control: SourceConnection;
  readonly clock: Clock;
  readonly modes: ColumnModes;
  readonly remembered: RememberedShapes;
  readonly beside: Pick<BesideStream, 'isCaptured' | 'takesRowsOf'>;
  readonly outputs: Pick<Outputs, 'prepareTable'>;
  readonly incompatible: IncompatibleTables;
  /** Values come in binary. */
  readonly isBinary: boolean;
  /** Resolves when all that came before is written. */
  drained(): Promise<void>;
}

/** The function rejects with `cdc.binary-unknown`, and with what `prepareTable` does. */
export const createPrepareRelation =
  (options: PrepareOptions): PrepareRelation =>
  async (relation, moment) => {
    const { beside, control, incompatible, modes, outputs, remembered } = options;
    if (!beside.isCaptured(relation)) return undefined;
    if (moment.transactionId !== undefined)
      await transactionVisible(control, moment.transactionId, options.clock);
    const shape = await describeRelation(control, relation, moment, modes, remembered);
    if (beside.takesRowsOf(relation.oid, shape)) return undefined;
    if (options.isBinary && !isBinaryCapable(shape)) {
      throw new MillraceError(
        'cdc.binary-unknown',
        `"${shape.schema}.${shape.table}" has a column that is known as text only`,
        { retryable: true },
      );
    }
    try {
      return incompatible.settle(await outputs.prepareTable(shape));
    } catch (error) {
      // what came before the change that stops the service is written
      if (isIncompatible(error)) await options.drained();
      throw error;
    }
  };
