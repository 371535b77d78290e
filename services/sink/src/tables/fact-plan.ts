/**
 * Facts and aggregates: every contract column that the writer has is read by name, as it stands. Fields that are not in
 * the contract are left out; a field that the writer does not have yet gets the contract's default.
 */
import { type DescribedTable, quoteIdentifier } from '@millrace/clickhouse';
import type { AvroRecord, WarehouseContract } from '@millrace/contracts';
import {
  assemblePlan,
  columnFault,
  type FilledColumn,
  missingColumn,
  type PlanVerdict,
  tableColumnType,
  writtenField,
} from './insert-plan.ts';

/** Throws `sink.table-unfit`. */
export function planFact(
  contract: WarehouseContract,
  table: DescribedTable,
  writer: AvroRecord,
): PlanVerdict {
  const columns: FilledColumn[] = [];
  for (const column of contract.warehouse.columns) {
    const type = tableColumnType(table, column.name);
    const field = writtenField(contract, column, writer);
    if (field) {
      const fault = columnFault(contract, column, field.type, type);
      if (fault) return { ok: false, reason: fault };
      columns.push({ ...readAsIs(field.name, type), name: column.name });
      continue;
    }
    const missing = missingColumn(contract, column);
    if (missing === undefined) {
      return { ok: false, reason: `the writer has no ${column.name}, and it has no default` };
    }
    if (missing !== 'omitted') {
      columns.push({ name: column.name, type, inputs: [], expression: missing });
    }
  }
  for (const name of ['_partition', '_offset', '_produced_at', '_incarnation']) {
    columns.push(readAsIs(name, tableColumnType(table, name)));
  }
  return {
    ok: true,
    plan: assemblePlan(contract.warehouse.role, contract.warehouse.table, columns),
  };
}

const readAsIs = (name: string, type: string): FilledColumn => ({
  name,
  type,
  inputs: [{ name, type }],
  expression: quoteIdentifier(name),
});
