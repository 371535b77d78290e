/**
 * A snapshot for which the stream stands still, asked for by a signal:
 *
 *   1 no further transaction is let through
 *   2 a temporary slot is made; PostgreSQL exports the snapshot of its consistent point
 *   3 the stream goes on to exactly that point, and all of it is written
 *   4 the tables are read and written in rounds, as in the initial snapshot
 *   5 the stream goes on
 *
 * So a row is as of the place at which it stands, and even where no key tells rows apart none is told twice by a change
 * that the snapshot has seen. Killed, tables that cannot be cut begin anew, the rest of the others is read beside the stream.
 */
import { MillraceError, snapshotFact } from '@millrace/contracts';
import {
  markPrefix,
  type StreamOutput,
  type TableTask,
} from '../incremental/incremental-snapshot.ts';
import { listOf, type Notify } from '../notifications/notification.ts';
import { checkChoice } from '../snapshot/check-choice.ts';
import { openReaders } from '../snapshot/exported-snapshot.ts';
import { type PlanOptions, planTable } from '../snapshot/plan-table.ts';
import type { ReadingSettings } from '../snapshot/reading-settings.ts';
import { createSnapshotPlan, type PlannedTable } from '../snapshot/snapshot-plan.ts';
import { encodeProgress } from '../snapshot/table-progress.ts';
import { watchSnapshot } from '../snapshot/watch-snapshot.ts';
import { type RoundOptions, writeRounds } from '../snapshot/write-rounds.ts';
import { type CatalogTable, describeTable, type TableName } from '../source/catalog.ts';
import { createTemporarySlot } from '../source/slot.ts';
import type { SourceConnection } from '../source/source-connection.ts';
import { isLimitReached } from '../source/source-error.ts';
import type { StreamGate } from './stream-gate.ts';

export interface BlockingOptions extends ReadingSettings, Omit<RoundOptions, 'signal'> {
  readonly source: string;
  /** What an earlier session left, by the state log: asked for already when the stream brings its first message. */
  readonly left: readonly TableTask[];
  readonly control: SourceConnection;
  readonly gate: StreamGate;
  readonly output: StreamOutput;
  readonly prepareTable: PlanOptions['prepareTable'];
  connect(role: string, replication: boolean): Promise<SourceConnection>;
  /** The table as it is captured now; undefined when it is not. */
  findTable(name: TableName): Promise<CatalogTable | undefined>;
  /** Resolves when all that the stream has brought is written. */
  settled(): Promise<void>;
  failed(error: unknown): void;
}

export interface BlockingSnapshot {
  /** Goes on with what an earlier session left, once the stream runs. */
  start(): void;
  /** Remembered until they are read; the tables of one request are read as of one moment. */
  request(tasks: readonly TableTask[]): void;
  isAsked(table: TableName): boolean;
  /** No further table is read. */
  close(): void;
  /** Resolves when nothing is read any more. */
  finished(): Promise<void>;
}

interface Wanted {
  readonly task: TableTask;
  readonly table: CatalogTable;
}

/** What a person asked for and cannot have ends that request, not the service. */
const isHopeless = (error: unknown): error is MillraceError =>
  error instanceof MillraceError &&
  (['cdc.source-refused', 'cdc.choice-invalid', 'cdc.snapshot-too-long'].includes(error.code) ||
    isLimitReached(error));

export const createBlockingSnapshot = (options: BlockingOptions): BlockingSnapshot => {
  const { control, gate, logger, nowMs, output, state } = options;
  const stopping = new AbortController();
  const tasks = new Map<string, TableTask>(options.left.map((task) => [snapshotFact(task), task]));
  let running: Promise<void> | undefined;

  const remember = (task: TableTask, value: Buffer | null): void => {
    const { partition, records, topic } = state.recordOf(snapshotFact(task), value);
    for (const record of records) output.open.add(topic, partition, record);
    output.added();
  };
  const giveUp = (task: TableTask, why: string): void => {
    const { schema, table } = task;
    logger.warn({ schema, table, why }, 'table snapshot given up');
    tasks.delete(snapshotFact(task));
    const told = options.notify({
      ...{ kind: 'Initial Snapshot', type: 'ABORTED', id: task.signalId },
      data: { data_collections: listOf([task]) },
    });
    for (const { partition, records, topic: noticesTopic } of told) {
      for (const record of records) output.open.add(noticesTopic, partition, record);
    }
    remember(task, null);
  };

  /** Those that can be read: a table that is gone, or a choice that PostgreSQL refuses, is given up. */
  const findWanted = async (): Promise<readonly Wanted[]> => {
    const wanted: Wanted[] = [];
    for (const task of tasks.values()) {
      const table = await options.findTable(task);
      if (table === undefined) {
        giveUp(task, 'it is not captured any more');
        continue;
      }
      try {
        await checkChoice(control, await describeTable(control, table, options.modes), task);
        wanted.push({ task, table });
      } catch (error) {
        if (!isHopeless(error)) throw error;
        giveUp(task, error.message);
      }
    }
    return wanted;
  };

  const read = async (
    wanted: readonly Wanted[],
    opened: (connection: SourceConnection) => void,
    writing: () => void,
  ): Promise<void> => {
    const startedMs = nowMs();
    const tables = wanted.map(({ table }) => table);
    const replication = await options.connect('slot', true);
    opened(replication);
    const slot = await createTemporarySlot(replication, options.slotName);
    gate.closeAt(slot.consistentLsn);
    // there is a transaction that stops, also where nobody writes
    await control.query('select pg_logical_emit_message(true, $1, $2)', [
      ...[markPrefix(options.source), 'blocking snapshot'],
    ]);
    await gate.reached();
    await options.settled();
    const readers = await openReaders({ ...options, tables }, slot.snapshotName, opened);
    const planned: PlannedTable[] = [];
    for (const { table, task } of wanted) {
      const choiceOf = () => ({
        ...(task.condition === undefined ? {} : { condition: task.condition }),
        ...(task.statement === undefined ? {} : { statement: task.statement }),
      });
      planned.push(
        await planTable(readers[0] as SourceConnection, table, { ...options, choiceOf }),
      );
    }
    const plan = createSnapshotPlan(planned);
    writing();
    const { signal } = stopping;
    const notify: Notify = (told) => options.notify({ ...told, id: wanted[0]?.task.signalId });
    if (!(await writeRounds(plan, readers, [], { ...options, notify, signal }))) return;
    for (const { task } of wanted) tasks.delete(snapshotFact(task));
    const rows = plan.tables.reduce((sum, work) => sum + work.rows, 0);
    logger.info(
      { rows, tables: plan.tables.length, durationMs: nowMs() - startedMs },
      'blocking snapshot committed; the stream goes on',
    );
  };

  const once = async (): Promise<void> => {
    const wanted = await findWanted();
    if (wanted.length === 0) return;
    const { signal } = stopping;
    const watch = watchSnapshot({ ...options, signal, mayBeginAnew: false });
    await watch.over(read(wanted, watch.opened, watch.writing)).catch((error: unknown) => {
      if (!isHopeless(error)) throw error;
      for (const { task } of wanted) giveUp(task, error.message);
    });
  };

  const run = async (): Promise<void> => {
    try {
      while (tasks.size > 0 && !stopping.signal.aborted) {
        // before the first await: what asks is a message of the stream, and the next transaction already waits
        gate.closeAt(0n);
        await once();
        if (!stopping.signal.aborted) gate.open();
      }
    } catch (error) {
      if (!stopping.signal.aborted) options.failed(error);
    } finally {
      running = undefined;
    }
  };

  return {
    start: () => {
      if (tasks.size > 0) running ??= run();
    },
    request: (asked) => {
      for (const task of asked) {
        tasks.set(snapshotFact(task), task);
        remember(task, encodeProgress({ ...task, blocking: true, status: 'running' }));
      }
      if (asked.length > 0) running ??= run();
    },
    isAsked: (table) => tasks.has(snapshotFact(table)),
    close: () => stopping.abort(new Error('stopping')),
    finished: async () => running,
  };
};
