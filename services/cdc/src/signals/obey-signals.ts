/**
 * Signals: logical messages that a person or `millrace cdc` writes, rows of Debezium's signal table, records of its signal
 * topic. The first two come in the order of the log. A note of each is remembered with the position behind it and what
 * it asked for, so a restart neither loses nor repeats one.
 */
import { randomUUID } from 'node:crypto';
import { MillraceError } from '@millrace/contracts';
import type { Tuple } from '@millrace/pgoutput';
import type { Logger } from '@millrace/pipeline';
import type { BlockingSnapshot } from '../blocking/blocking-snapshot.ts';
import type { TableShape } from '../envelope/table-shape.ts';
import type { IncrementalSnapshot, TableTask } from '../incremental/incremental-snapshot.ts';
import type { TaskNotices } from '../notifications/task-notices.ts';
import { selectTables } from '../source/captured-tables.ts';
import type { TableName } from '../source/catalog.ts';
import type { StreamListener } from '../stream-listener.ts';
import { parseSignal, parseSignalText, type Signal } from './parse-signal.ts';
import { requestedTasks } from './requested-tasks.ts';
import type { SignalChannel, SignalMetrics } from './signal-metrics.ts';
import { isSignalTable, signalOfRow } from './signal-table.ts';

export const signalPrefix = (source: string): string => `millrace.signal.${source}`;

export interface SignalOptions {
  readonly source: string;
  readonly snapshot: IncrementalSnapshot;
  readonly blocking: BlockingSnapshot;
  readonly notices: TaskNotices;
  /** `schema.table`; undefined when there is none. */
  readonly signalTable: string | undefined;
  /** Tables that are captured now. */
  captured(): readonly TableName[];
  /** Puts a fact into the open batch. */
  remember(key: string, value: Buffer): void;
  /** What is remembered in it is written whole or not at all. */
  together(work: () => void): void;
  readonly metrics: SignalMetrics;
  readonly logger: Logger;
}

export interface Signals {
  readonly listener: StreamListener;
  /** The shape of a table that the stream names; true when its rows are signals, and not captured. */
  takesRowsOf(relationOid: number, shape: TableShape): boolean;
  /** One of the signal topic; `together` with what the caller remembers of it. */
  fromTopic(text: string): void;
}

/** The state log's key of the last signal, whatever became of it. */
const LAST_SIGNAL_FACT = 'last-signal';
/** Debezium's own marks in a signal table that it shares with us. */
const FOREIGN_TYPES = ['snapshot-window-open', 'snapshot-window-close'];

/** Undefined for a row that Debezium wrote for itself. */
const parseRow = (shape: TableShape, row: Tuple): Signal | undefined => {
  try {
    const fields = signalOfRow(shape, row);
    if (FOREIGN_TYPES.includes(fields.type ?? '')) return undefined;
    return parseSignal(fields);
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    return { type: 'refused', id: '', reason: error.message };
  }
};

const fullName = ({ schema, table }: TableName): string => `${schema}.${table}`;

/** Tables are read in the order in which a signal names them. */
const inOrderOf = (
  patterns: readonly string[],
  tables: readonly TableName[],
): readonly TableName[] => [
  ...new Set(patterns.flatMap((pattern) => selectTables(tables, [pattern]).tables)),
];

export const createSignals = (options: SignalOptions): Signals => {
  const { logger, notices, snapshot } = options;
  const prefix = signalPrefix(options.source);

  /** A table is read in one way at a time. */
  const apart = (tasks: readonly TableTask[], isBlocking: boolean) => {
    const isOther = (task: TableTask): boolean =>
      isBlocking
        ? snapshot.tasks.some((one) => fullName(one) === fullName(task))
        : options.blocking.isAsked(task);
    return {
      others: tasks.filter(isOther),
      free: tasks.filter((task) => !isOther(task)),
    };
  };

  const obey = (signal: Exclude<Signal, { readonly type: 'refused' }>): void => {
    switch (signal.type) {
      case 'execute-snapshot': {
        const { isBlocking, tables: patterns } = signal.request;
        const { tables: found, unmatched } = selectTables(options.captured(), patterns);
        const tables = inOrderOf(patterns, found);
        if (unmatched.length > 0) {
          logger.warn({ id: signal.id, patterns: unmatched }, 'a signal names no captured table');
        }
        // notifications need one
        const id = signal.id === '' ? randomUUID() : signal.id;
        const { others, free } = apart(requestedTasks(id, signal.request, tables), isBlocking);
        if (others.length > 0) {
          const reason = isBlocking
            ? 'beside the stream: stop that first'
            : 'while it stands still';
          logger.warn(
            { id, tables: others.map(fullName), reason },
            'a signal was refused for tables that are being read',
          );
        }
        if (!isBlocking) notices.requested(id, free, unmatched);
        (isBlocking ? options.blocking : snapshot).request(free);
        return;
      }
      case 'stop-snapshot':
        snapshot.stop((table) => selectTables([table], signal.tables).tables.length > 0);
        return;
      case 'pause-snapshot':
        if (!snapshot.isPaused) notices.paused(snapshot.tasks);
        snapshot.pause();
        return;
      case 'resume-snapshot':
        if (snapshot.isPaused) notices.resumed(snapshot.tasks);
        snapshot.resume();
        return;
      case 'log':
        logger.info({ id: signal.id, message: signal.message }, 'signal');
        return;
    }
  };

  const take = (signal: Signal, channel: SignalChannel): void => {
    if (signal.type === 'refused') {
      logger.warn({ id: signal.id, reason: signal.reason, channel }, 'a signal was refused');
    } else {
      logger.info({ id: signal.id, type: signal.type, channel }, 'signal obeyed');
      obey(signal);
    }
    options.metrics.signalled(channel, signal.type === 'refused' ? 'refused' : 'obeyed');
    const note = { id: signal.id, type: signal.type, channel };
    options.remember(LAST_SIGNAL_FACT, Buffer.from(JSON.stringify(note)));
  };

  const takeRow = (shape: TableShape, row: Tuple): void => {
    const signal = parseRow(shape, row);
    if (signal !== undefined) take(signal, 'table');
  };

  const shapes = new Map<number, TableShape>();
  return {
    listener: {
      logicalMessage: (message) => {
        if (message.prefix !== prefix) return;
        const signal = parseSignalText(message.content.toString('utf8'));
        options.together(() => take(signal, 'message'));
      },
      otherInsert: (relationOid, row) => {
        const shape = shapes.get(relationOid);
        if (shape !== undefined) options.together(() => takeRow(shape, row));
      },
    },
    takesRowsOf: (relationOid, shape) => {
      if (!isSignalTable(shape, options.signalTable)) return false;
      shapes.set(relationOid, shape);
      return true;
    },
    fromTopic: (text) => take(parseSignalText(text), 'topic'),
  };
};
