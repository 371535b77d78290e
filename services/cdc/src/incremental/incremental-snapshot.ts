/**
 * Snapshots beside the stream, one chunk of one table at a time:
 *
 *   1 from here on note the keys that the stream changes on the table
 *   2 read the chunk
 *   3 put a mark into the log; it comes through the stream behind all that the chunk has seen
 *   4 when it comes, write the rows whose key was not changed since 1, and how far the table is now
 *
 * Nothing is overtaken: a row stands where the mark stands, and what was changed after it was read is left out.
 */
import { randomUUID } from 'node:crypto';
import { MillraceError, snapshotFact } from '@millrace/contracts';
import type { Tuple } from '@millrace/pgoutput';
import type { Logger } from '@millrace/pipeline';
import type { CapturedTable } from '../captured-table.ts';
import type { ChangeBatch } from '../change-batch.ts';
import { createAvroOutput } from '../columns/avro-output.ts';
import type { ChangeContext } from '../envelope/source-block.ts';
import { hasUniqueKey, type ShapeColumn } from '../envelope/table-shape.ts';
import type { CdcMetrics } from '../metrics.ts';
import type { ScanStatus } from '../notifications/notification.ts';
import type { TaskNotices } from '../notifications/task-notices.ts';
import { createBinaryCopyReader } from '../snapshot/binary-copy.ts';
import { encodeProgress, type TableProgress } from '../snapshot/table-progress.ts';
import type { TableName } from '../source/catalog.ts';
import type { StateLog } from '../state-log.ts';
import type { EncodeChange } from '../steps/encode-change.ts';
import type { StreamListener } from '../stream-listener.ts';
import { createChunkWindow } from './chunk-window.ts';
import type { ChunkRange } from './key-chunk.ts';
import type { WindowChunk } from './read-in-window.ts';
import type { WindowSource } from './window-source.ts';

/** Where rows and facts go: the batch that is open in the stream. */
export interface StreamOutput {
  readonly open: ChangeBatch;
  /** What was added may be cut off here, and is to be written soon. */
  added(): void;
}

export interface IncrementalOptions {
  readonly source: string;
  /**
   * What the state log says of an earlier session. Known before the stream brings its first message, which may be a signal
   * that pauses, stops or resumes just that.
   */
  readonly left: { readonly tasks: readonly TableTask[]; readonly isPaused: boolean };
  readonly chunkRows: number;
  readonly chunkBytes: number;
  readonly asks: WindowSource;
  readonly output: StreamOutput;
  readonly state: StateLog;
  readonly encodeChange: EncodeChange;
  readonly notices: TaskNotices;
  /** The table as it is now; undefined when it is gone. */
  findTable(name: TableName): Promise<CapturedTable | undefined>;
  readonly metrics: CdcMetrics;
  readonly logger: Logger;
  readonly nowMs: () => number;
  failed(error: unknown): void;
}

export type TableTask = Omit<TableProgress, 'status'>;

export interface IncrementalSnapshot {
  readonly listener: StreamListener;
  /** Goes on with what an earlier session left, once the stream runs. */
  start(): void;
  /** Adds tables, or begins one of them anew. */
  request(tasks: readonly TableTask[]): void;
  stop(isMeant: (table: TableName) => boolean): void;
  pause(): void;
  resume(): void;
  /** Tables that are not finished, the current one first. */
  readonly tasks: readonly TableTask[];
  readonly isPaused: boolean;
  /** No further chunk is begun. */
  close(): void;
}

interface Pending {
  readonly task: TableTask;
  readonly table: CapturedTable;
  readonly chunk: WindowChunk;
  readonly mark: string;
  written(): void;
}

/** The state log's key of the fact that snapshots are paused. */
export const PAUSED_FACT = 'snapshots-paused';
/** An index entry is at most a third of a block. */
const KEY_BYTES_MAX = 64 * 1024;
const WIRE_HEADER_BYTES = 5;
/** Nothing is known of the size of rows yet. */
const FIRST_CHUNK_ROWS = 100;

export const markPrefix = (source: string): string => `millrace.mark.${source}`;

/** Which row it is, whatever schema its key is written under. */
const createKeyText = () => {
  const scratch = createAvroOutput(Buffer.allocUnsafe(KEY_BYTES_MAX));
  return (table: CapturedTable, row: Tuple): string => {
    scratch.position = 0;
    table.writer.writeKey(scratch, row);
    return scratch.bytes.toString('latin1', WIRE_HEADER_BYTES, scratch.position);
  };
};

export const createIncrementalSnapshot = (options: IncrementalOptions): IncrementalSnapshot => {
  const { asks, encodeChange, logger, metrics, notices, output, state } = options;
  const window = createChunkWindow();
  const keyText = createKeyText();
  const prefix = markPrefix(options.source);
  let tasks: readonly TableTask[] = options.left.tasks;
  let pending: Pending | undefined;
  let windowTopic: string | undefined;
  let windowKey = '';
  let { isPaused } = options.left;
  let isClosed = false;
  let isRunning = false;
  let rowsMax = Math.min(FIRST_CHUNK_ROWS, options.chunkRows);
  let chunkSerial = -1;

  const remember = (key: string, value: Buffer | null): void => {
    const { partition, records, topic } = state.recordOf(key, value);
    for (const record of records) output.open.add(topic, partition, record);
  };
  const rememberTask = (task: TableTask, status: TableProgress['status']): void =>
    remember(snapshotFact(task), encodeProgress({ ...task, status }));

  const contextNow = (): ChangeContext => ({
    // no transaction has it, so the bytes that a writer keeps of one are not taken for these
    ...{ serial: --chunkSerial, committedAtUs: BigInt(options.nowMs()) * 1000n },
    ...{ transactionId: undefined, lastCommitLsn: undefined, origin: undefined },
    processedAtMs: options.nowMs(),
  });

  /** A key that cannot be encoded is no change's either: the row becomes a dead letter. */
  const isAdmitted = (table: CapturedTable, row: Tuple): boolean => {
    try {
      return window.admits(keyText(table, row));
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      return true;
    }
  };

  /** Rows of the chunk that nothing has changed since; how many. */
  const writeRows = ({ chunk, table }: Pending): number => {
    const reader = createBinaryCopyReader(table.shape);
    const source = { context: contextNow(), marker: 'incremental', lsn: chunk.lsn } as const;
    const noOld = { op: 'r', oldKind: undefined, old: undefined, source } as const;
    let rows = 0;
    for (const raw of chunk.messages) {
      const row = reader.read(raw, 0, raw.length);
      if (row === undefined || !isAdmitted(table, row)) continue;
      metrics.changed('r', encodeChange(table, { ...noOld, row, raw }, output.open));
      rows++;
    }
    return rows;
  };

  /** Called by the mark, in the stream's order. */
  const writeChunk = (ready: Pending): void => {
    const { chunk, task } = ready;
    pending = undefined;
    const isCurrent = tasks[0] === task;
    if (isCurrent && !window.wasEmptied) {
      const rows = writeRows(ready);
      const isDone = chunk.lastKey === undefined;
      const { blocksDone, lastKey: _before, ...rest } = task;
      const next: TableTask = {
        ...rest,
        rows: task.rows + rows,
        ...(isDone || blocksDone === undefined ? {} : { blocksDone }),
        ...(chunk.lastKey === undefined
          ? {}
          : { lastKey: chunk.lastKey, keyNames: keyNamesOf(ready.table) }),
      };
      rememberTask(next, isDone ? 'done' : 'running');
      tasks = isDone ? tasks.slice(1) : [next, ...tasks.slice(1)];
      // an initial snapshot that is over is told as such
      const told = { ...task, rows: next.rows };
      if (isDone) notices.ended(told, scanStatusOf(told), tasks);
      else notices.chunkWritten(next, tasks);
      output.added();
      if (isDone) logger.info({ ...nameOf(next), rows: next.rows }, 'table snapshot complete');
    }
    window.close();
    ready.written();
  };

  const dropTask = (task: TableTask, why: string, status: ScanStatus | 'stopped'): void => {
    logger.warn({ ...nameOf(task), why }, 'table snapshot given up');
    tasks = tasks.filter((one) => one !== task);
    remember(snapshotFact(task), null);
    if (status === 'stopped') notices.stopped(task);
    else notices.ended(task, status, tasks);
    output.added();
  };

  /** Undefined when the table was altered after its shape was looked at: the rows do not mean what they seem to. */
  const readUnaltered = async (
    range: Omit<ChunkRange, 'conditions' | 'place'>,
    task: TableTask,
  ): Promise<WindowChunk | undefined> => {
    const isAltered = async (): Promise<boolean> => {
      const now = await options.findTable(task);
      return now === undefined || layoutOf(now) !== layoutOf(range.table);
    };
    try {
      const chunk = await asks.readChunk(range, task, task.blocksDone);
      return (await isAltered()) ? undefined : chunk;
    } catch (error) {
      const isRefused = error instanceof MillraceError && error.code === 'cdc.source-refused';
      if (!isRefused || !(await isAltered())) throw error;
      await asks.reset();
      return undefined;
    }
  };

  const doChunk = async (task: TableTask): Promise<void> => {
    const table = await options.findTable(task);
    if (tasks[0] !== task) return;
    if (table === undefined) {
      return dropTask(task, 'it is not captured any more', 'UNKNOWN_SCHEMA');
    }
    if (table.incompatible !== undefined) {
      return dropTask(task, table.incompatible, 'UNKNOWN_SCHEMA');
    }
    if (!hasUniqueKey(table.shape)) {
      return dropTask(
        task,
        'it has no key by which rows read beside the stream are told apart: ask for a blocking snapshot',
        'NO_PRIMARY_KEY',
      );
    }
    window.open();
    windowTopic = table.topic;
    windowKey = keyMeaning(table);
    const keyNames = keyNamesOf(table);
    // behind a key that was replaced in the middle the order is another: from the beginning
    const afterKey = `${task.keyNames}` === `${keyNames}` ? task.lastKey : undefined;
    const range = { table, afterKey, rowsMax };
    if (task.asked && afterKey === undefined) await asks.check(table, task);
    const chunk = await readUnaltered(range, task);
    if (chunk === undefined) return window.close();
    rowsMax = nextRowsMax(chunk, rowsMax, options);
    const { promise, resolve } = Promise.withResolvers<void>();
    const mark = randomUUID();
    pending = { task, table, chunk, mark, written: resolve };
    await asks.putMark(mark);
    await promise;
  };

  /** What a person asked for in a way that PostgreSQL refuses ends that request, not the service. */
  const giveUp = async (task: TableTask, error: unknown): Promise<void> => {
    const isRefused =
      error instanceof MillraceError &&
      (error.code === 'cdc.source-refused' || error.code === 'cdc.choice-invalid');
    if (!isRefused || !task.asked) throw error;
    window.close();
    await asks.reset();
    // another request for the table may have come meanwhile: what is remembered of the table is that one's
    if (tasks.includes(task)) dropTask(task, error.message, 'SQL_EXCEPTION');
  };

  const run = async (): Promise<void> => {
    if (isRunning) return;
    isRunning = true;
    try {
      while (!isClosed && !isPaused) {
        const task = tasks[0];
        if (task === undefined) break;
        await doChunk(task).catch((error: unknown) => giveUp(task, error));
      }
    } catch (error) {
      if (!isClosed) options.failed(error);
    } finally {
      isRunning = false;
    }
  };

  return {
    listener: {
      logicalMessage: (message) => {
        if (message.prefix !== prefix || pending === undefined) return;
        if (message.content.toString('latin1') === pending.mark) writeChunk(pending);
      },
      rowChange: (table, { old, row }) => {
        if (!window.isOpen || table.topic !== windowTopic) return;
        // changed under another key than the chunk's, so nobody can tell which of its rows are meant
        if (keyMeaning(table) !== windowKey) window.emptied();
        if (old !== undefined) noteKey(table, old);
        if (row !== undefined) noteKey(table, row);
      },
      truncated: (table) => {
        if (table.topic === windowTopic) window.emptied();
      },
    },
    start: () => void run(),
    request: (asked) => {
      // a table that is being read whole anyway is not begun anew: what is left of it would be lost
      const added = asked.filter((one) => !tasks.some((task) => isSame(task, one) && !task.asked));
      const replaced = tasks.filter((task) => added.some((one) => isSame(task, one)));
      tasks = [...tasks.filter((task) => !replaced.includes(task)), ...added];
      for (const task of replaced) notices.stopped(task);
      for (const task of added) rememberTask(task, 'running');
      if (added.length > 0) output.added();
      void run();
    },
    stop: (isMeant) => {
      for (const task of tasks)
        if (task.asked && isMeant(task)) dropTask(task, 'a signal stopped it', 'stopped');
    },
    pause: () => {
      isPaused = true;
      remember(PAUSED_FACT, Buffer.from('true'));
      output.added();
    },
    resume: () => {
      isPaused = false;
      remember(PAUSED_FACT, null);
      output.added();
      void run();
    },
    get tasks() {
      return tasks;
    },
    get isPaused() {
      return isPaused;
    },
    close: () => {
      isClosed = true;
    },
  };

  function noteKey(table: CapturedTable, row: Tuple): void {
    try {
      window.changed(keyText(table, row));
    } catch (error) {
      // a key that cannot be encoded is no row of the chunk that could be written either
      if (!(error instanceof MillraceError)) throw error;
    }
  }
};

/** The key's columns with their types and collations: the order of keys, and what their bytes mean, hang on them. */
const keyNamesOf = ({ shape }: CapturedTable): readonly string[] =>
  shape.keyColumns.map((index) => {
    const { codec, collation, name } = shape.columns[index] as ShapeColumn;
    return JSON.stringify([name, codec.schema, ...(collation === undefined ? [] : [collation])]);
  });

/** Without collations, which the stream does not tell. */
const keyMeaning = ({ shape }: CapturedTable): string =>
  JSON.stringify(
    shape.keyColumns.map((index) => {
      const { codec, name } = shape.columns[index] as ShapeColumn;
      return [name, codec.schema];
    }),
  );

const layoutOf = ({ shape }: CapturedTable): string =>
  JSON.stringify([
    shape.keyColumns,
    shape.columns.map(({ codec, collation, name, nullable }) => [
      ...[name, nullable, codec.schema, collation ?? 0],
    ]),
  ]);

const isSame = (one: TableName, other: TableName): boolean =>
  one.schema === other.schema && one.table === other.table;

const nameOf = ({ schema, table }: TableName): TableName => ({ schema, table });

/** As in Debezium an initial snapshot makes nothing of an empty table. */
const scanStatusOf = ({ blocksDone, rows }: TableTask): ScanStatus =>
  rows === 0 && blocksDone === undefined ? 'EMPTY' : 'SUCCEEDED';

/** Chunks grow and shrink towards the bytes that one may hold. */
const nextRowsMax = (
  chunk: WindowChunk,
  rowsMax: number,
  { chunkBytes, chunkRows }: IncrementalOptions,
): number => {
  if (chunk.messages.length === 0) return rowsMax;
  const bytesPerRow = chunk.byteCount / chunk.messages.length;
  const wanted = Math.floor(chunkBytes / Math.max(bytesPerRow, 1));
  return Math.max(Math.min(wanted, rowsMax * 4, chunkRows), 1);
};
