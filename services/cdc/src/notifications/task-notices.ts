/**
 * What snapshots beside the stream tell. Tables that one signal asked for belong together: their snapshot has the signal's
 * id, and is complete when the last of them is read. What is left of an initial snapshot that was cut off goes on
 * under its name.
 */
import type { TableProgress } from '../snapshot/table-progress.ts';
import type { TableName } from '../source/catalog.ts';
import {
  listOf,
  type Notification,
  type Notify,
  type ScanStatus,
  type SnapshotKind,
} from './notification.ts';

/** A table of a snapshot that is not finished. */
type Task = Omit<TableProgress, 'status'>;

export interface TaskNotices {
  /** A signal asked for these tables, and for others that are not captured. */
  requested(signalId: string, tables: readonly TableName[], unknown: readonly string[]): void;
  paused(tasks: readonly Task[]): void;
  resumed(tasks: readonly Task[]): void;
  /** A chunk is written and others follow; `tasks` are not finished, this one first. */
  chunkWritten(task: Task, tasks: readonly Task[]): void;
  /** A table is read, or given up; `left` are not finished. */
  ended(task: Task, status: ScanStatus, left: readonly Task[]): void;
  /** A signal gave it up. */
  stopped(task: Task): void;
}

const kindOf = ({ blocksDone }: Task): SnapshotKind =>
  blocksDone === undefined ? 'Incremental Snapshot' : 'Initial Snapshot';

const belongTogether = (one: Task, other: Task): boolean =>
  one.signalId === other.signalId && kindOf(one) === kindOf(other);

/** `add` puts a record into the open batch. */
export const createTaskNotices = (
  notify: Notify,
  add: (records: ReturnType<Notify>) => void,
): TaskNotices => {
  const tell = (notification: Notification): void => add(notify(notification));
  const ofTask = (
    task: Task,
    type: Notification['type'],
    data: Readonly<Record<string, string>> = {},
  ): void => tell({ kind: kindOf(task), type, id: task.signalId, data });

  /** Once for the tables of each signal. */
  const ofEach = (tasks: readonly Task[], type: Notification['type']): void => {
    const first = tasks.filter(
      (task, i) => tasks.findIndex((one) => belongTogether(one, task)) === i,
    );
    for (const task of first) {
      const group = tasks.filter((one) => belongTogether(one, task));
      ofTask(task, type, { data_collections: listOf(group) });
    }
  };
  const complete = (task: Task, left: readonly Task[]): void => {
    if (!left.some((one) => belongTogether(one, task))) ofTask(task, 'COMPLETED');
  };

  return {
    requested: (id, tables, unknown) => {
      const asked = { kind: 'Incremental Snapshot', id } as const;
      const names = [...tables.map((table) => listOf([table])), ...unknown];
      tell({ ...asked, type: 'STARTED', data: { data_collections: names.join(',') } });
      for (const name of unknown) {
        const data = { scanned_collection: name, total_rows_scanned: '0', data_collections: name };
        tell({
          ...{ ...asked, type: 'TABLE_SCAN_COMPLETED' },
          data: { ...data, status: 'UNKNOWN_SCHEMA' },
        });
      }
      if (tables.length === 0) tell({ ...asked, type: 'COMPLETED' });
    },
    paused: (tasks) => ofEach(tasks, 'PAUSED'),
    resumed: (tasks) => ofEach(tasks, 'RESUMED'),
    chunkWritten: (task, tasks) =>
      ofTask(task, 'IN_PROGRESS', {
        data_collections: listOf(tasks.filter((one) => belongTogether(one, task))),
        current_collection_in_progress: listOf([task]),
        last_processed_key: (task.lastKey ?? []).join(','),
      }),
    ended: (task, status, left) => {
      ofTask(task, 'TABLE_SCAN_COMPLETED', {
        data_collections: listOf([task, ...left.filter((one) => belongTogether(one, task))]),
        ...{ scanned_collection: listOf([task]), total_rows_scanned: String(task.rows), status },
      });
      complete(task, left);
    },
    stopped: (task) => ofTask(task, 'ABORTED', { data_collections: listOf([task]) }),
  };
};
