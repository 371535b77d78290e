/** Rows that failed a rule, a few of them, with what is not for every analyst masked as in the views. */
import {
  analystClassification,
  type Contract,
  isRowCheck,
  maskedColumn,
  mayRead,
  type QualityRule,
  quoteName,
  type WarehouseContract,
} from '@millrace/contracts';
import type { Selection } from './measure-rules.ts';
import { rowPredicate } from './row-predicate.ts';
import type { Ask } from './table-source.ts';

export interface FailedRows {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
  readonly masked: readonly string[];
}

/** Names of columns that an analyst may not read. */
const maskedColumns = ({ warehouse }: WarehouseContract): readonly string[] =>
  warehouse.columns.filter((column) => maskedColumn(column).isMasked).map(({ name }) => name);

const selectList = ({ warehouse }: WarehouseContract): string =>
  `SELECT ${warehouse.columns.map((column) => maskedColumn(column).sql).join(', ')}`;

/** The condition of the rows that fail; undefined for a rule that is about no single rows. */
export const failingCondition = (
  { check }: QualityRule,
  source: string,
  where: string,
): string | undefined => {
  if (isRowCheck(check)) return rowPredicate(check);
  if (check.kind !== 'duplicateValues') return undefined;
  const columns = `(${check.fields.map(quoteName).join(', ')})`;
  return `${columns} IN (SELECT ${columns} FROM ${source} WHERE ${where} GROUP BY ${columns} HAVING count() > 1 LIMIT 100)`;
};

/** Undefined for a rule that is about no single rows, or that keeps none. */
export const failedRows = async (
  ask: Ask,
  contract: WarehouseContract,
  rule: QualityRule,
  { source, where = '1', params }: Selection,
): Promise<FailedRows | undefined> => {
  const failing = failingCondition(rule, source, where);
  if (failing === undefined || rule.samplesMax === 0) return undefined;
  const columns = contract.warehouse.columns.map(({ name }) => name);
  const found = await ask<Record<string, unknown>>(
    `${selectList(contract)} FROM ${source} WHERE (${where}) AND (${failing}) LIMIT ${rule.samplesMax}`,
    params,
  );
  return {
    columns,
    rows: found.map((row) => columns.map((column) => row[column] ?? null)),
    masked: maskedColumns(contract),
  };
};

/** Of fields that are read from the topic. A stream without a table has no classifications at hand, so all are masked. */
export const maskedFields = (
  { warehouse }: Contract,
  fields: readonly string[],
): readonly string[] => {
  const open = (warehouse?.columns ?? [])
    .filter(({ classification }) => mayRead(analystClassification, classification))
    .map(({ name }) => name);
  return fields.filter((field) => !open.includes(field));
};
