/** What an execute-snapshot asks for, table by table. */
import type { TableTask } from '../incremental/incremental-snapshot.ts';
import type { RowChoice } from '../snapshot/row-choice.ts';
import type { TableName } from '../source/catalog.ts';
import type { SnapshotRequest } from './parse-signal.ts';

/** For a blocking snapshot Debezium's filter is a whole SELECT; a condition is taken as well. */
const choiceOf = (filter: string | undefined, isBlocking: boolean): RowChoice => {
  if (filter === undefined) return {};
  return isBlocking && /^\s*(select|with)\b/i.test(filter)
    ? { statement: filter }
    : { condition: filter };
};

/** `tables` are those that the request means. */
export const requestedTasks = (
  signalId: string,
  { conditions, isBlocking }: SnapshotRequest,
  tables: readonly TableName[],
): readonly TableTask[] =>
  tables.map(({ schema, table }) => ({
    ...{ schema, table, rows: 0, asked: true, signalId },
    ...choiceOf(conditions.get(`${schema}.${table}`), isBlocking),
  }));
