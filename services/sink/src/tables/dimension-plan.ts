/**
 * Dimensions, straight from Debezium's envelope: the server picks `before` for deletes and `after` for
 * everything else, and orders versions as they were committed (`dimension-version.ts`). Rows that are
 * replayed or late carry the version they had, so they change nothing. A truncation (`op` t) is a row of
 * its own that hides every older one; messages (`m`) are left out.
 * Source: Debezium PostgreSQL connector, "Data change events".
 */
import { type DescribedTable, quoteIdentifier } from '@millrace/clickhouse';
import type { AvroRecord, WarehouseContract } from '@millrace/contracts';
import { connectColumn } from './connect-column.ts';
import { dimensionVersion } from './dimension-version.ts';
import {
  assemblePlan,
  type FilledColumn,
  fieldOf,
  missingColumn,
  type PlanVerdict,
  tableColumnType,
  writtenField,
} from './insert-plan.ts';

/** Throws `sink.table-unfit`. */
export function planDimension(
  contract: WarehouseContract,
  table: DescribedTable,
  writer: AvroRecord,
): PlanVerdict {
  const row = rowOf(writer);
  if (!row) return { ok: false, reason: 'the writer schema is not a Debezium envelope' };
  const columns: FilledColumn[] = [];
  for (const column of contract.warehouse.columns) {
    const type = tableColumnType(table, column.name);
    const field = writtenField(contract, column, row);
    if (field) {
      const filled = connectColumn(contract, column, field, type, branchName(row));
      if (typeof filled === 'string') return { ok: false, reason: filled };
      columns.push(filled);
      continue;
    }
    const missing = missingColumn(contract, column);
    if (missing === undefined) {
      return { ok: false, reason: `the rows have no ${column.name}, and it has no default` };
    }
    if (missing !== 'omitted') {
      columns.push({ name: column.name, type, inputs: [], expression: missing });
    }
  }
  for (const column of versionColumns) {
    columns.push({ ...column, type: tableColumnType(table, column.name) });
  }
  const where = "`op` IN ('c', 'u', 'd', 'r', 't')";
  return { ok: true, plan: assemblePlan('dimension', contract.warehouse.table, columns, where) };
}

/** The row's record inside `after`, when the writer has all that an envelope needs. */
function rowOf(writer: AvroRecord): AvroRecord | undefined {
  const after = fieldOf(writer, 'after');
  const source = fieldOf(writer, 'source');
  const isEnvelope =
    after?.kind === 'union' &&
    fieldOf(writer, 'before')?.kind === 'union' &&
    fieldOf(writer, 'op')?.kind === 'string' &&
    source?.kind === 'record' &&
    fieldOf(source, 'lsn') !== undefined &&
    fieldOf(source, 'ts_ms') !== undefined;
  if (!isEnvelope) return undefined;
  return after.branches.find((branch) => branch.kind === 'record');
}

/** ClickHouse addresses a union's branch by the record's name without its namespace. */
const branchName = (row: AvroRecord): string => row.fullName.split('.').at(-1)!;

const sourceTime = { name: 'source.ts_ms', type: 'Int64' };
const op = { name: 'op', type: 'String' };
const partition = { name: '_partition', type: 'Int32' };
const offset = { name: '_offset', type: 'Int64' };

const versionColumns: readonly Omit<FilledColumn, 'type'>[] = [
  { name: '_version', ...dimensionVersion },
  // A truncation's row has the empty key: of that key, too, it says truly that it is gone.
  { name: '_is_deleted', inputs: [op], expression: "`op` IN ('d', 't')" },
  { name: '_is_truncation', inputs: [op], expression: "`op` = 't'" },
  { name: '_partition', inputs: [partition], expression: quoteIdentifier('_partition') },
  { name: '_offset', inputs: [offset], expression: quoteIdentifier('_offset') },
  {
    name: '_committed_at',
    inputs: [sourceTime],
    expression: "fromUnixTimestamp64Milli(`source.ts_ms`, 'UTC')",
  },
];
