/**
 * The initial snapshot: every table as of the slot's consistent point. Killed or stopped, what it has written stays
 * and the rest is read beside the stream; where nothing is committed yet it begins anew.
 *
 *   1 create the slot; PostgreSQL exports the snapshot of its consistent point
 *   2 cut the tables into chunks, and keep them from being rewritten
 *   3 rounds: read chunks, commit them with their progress; the first holds the position, too, and all
 *     tables that cannot be cut
 */
import { capturedTablesFact } from '@millrace/contracts';
import { encodeTables } from '../incremental/watch-tables.ts';
import type { Position } from '../position.ts';
import type { PositionLog } from '../position-log.ts';
import { openReaders, type ReaderOptions } from '../snapshot/exported-snapshot.ts';
import { type PlanOptions, planTable } from '../snapshot/plan-table.ts';
import { createSnapshotPlan, type PlannedTable } from '../snapshot/snapshot-plan.ts';
import { type WatchOptions, watchSnapshot } from '../snapshot/watch-snapshot.ts';
import { type RoundOptions, writeRounds } from '../snapshot/write-rounds.ts';
import type { CatalogTable } from '../source/catalog.ts';
import { createSlot } from '../source/slot.ts';
import type { SourceConnection } from '../source/source-connection.ts';

export interface SnapshotOptions extends ReaderOptions, PlanOptions, RoundOptions, WatchOptions {
  /** The slot is kept on standbys, too. */
  readonly isFailoverSlot: boolean;
  readonly systemId: string;
  /** All that are captured from now on, also those that the snapshot leaves out. */
  readonly captured: readonly CatalogTable[];
  readonly positions: PositionLog;
}

/** What the first round says besides its rows: from here on there is a position. */
const opening = (options: SnapshotOptions, position: Position) => [
  options.state.recordOf(capturedTablesFact, encodeTables(options.captured)),
  options.positions.recordOf(position),
];

/**
 * Returns the position from which the stream goes on; undefined when `signal` aborted before the end. Throws
 * `cdc.snapshot-too-long`, `cdc.slot-lost`, `cdc.source-unavailable`, registry.*, kafka.*.
 */
export const takeSnapshot = async (options: SnapshotOptions): Promise<Position | undefined> => {
  const { logger, nowMs } = options;
  const startedMs = nowMs();
  const watch = watchSnapshot(options);
  const read = async (): Promise<Position | undefined> => {
    const replication = await options.connect('slot', true);
    watch.opened(replication);
    const slot = await createSlot(replication, options.slotName, options.isFailoverSlot);
    watch.slotMade();
    const readers = await openReaders(options, slot.snapshotName, watch.opened);
    const planned: PlannedTable[] = [];
    for (const table of options.tables) {
      planned.push(await planTable(readers[0] as SourceConnection, table, options));
    }
    const plan = createSnapshotPlan(planned);
    const position = { commitLsn: slot.consistentLsn, index: 0, systemId: options.systemId };
    watch.writing();
    if (!(await writeRounds(plan, readers, opening(options, position), options))) return undefined;
    const rows = plan.tables.reduce((sum, work) => sum + work.rows, 0);
    logger.info(
      { rows, tables: plan.tables.length, durationMs: nowMs() - startedMs },
      'snapshot committed',
    );
    return position;
  };
  return watch.over(read());
};
