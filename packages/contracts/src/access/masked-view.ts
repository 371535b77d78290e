import type { WarehouseColumn } from '../contract.ts';
import {
  formatClickHouseType,
  isNullableType,
  parseClickHouseType,
  unwrapType,
} from '../warehouse/clickhouse-type.ts';
import { quoteName, quoteText } from '../warehouse/sql-text.ts';
import type { TableColumn } from '../warehouse/warehouse-table.ts';
import { analystClassification, mayRead } from './classification.ts';

/**
 * What those see who may not read a column. Each is an expression in place of the column, under its name, so that
 * `SELECT *` of a tool goes on working.
 */
const composite = new Set(['Array', 'Map', 'Tuple']);

const nullableOf = (text: string): string | undefined => {
  const type = parseClickHouseType(text);
  if (type === undefined || composite.has(type.name)) return undefined;
  if (isNullableType(type)) return formatClickHouseType(type);
  const inner = unwrapType(type, 'LowCardinality');
  return inner === undefined
    ? `Nullable(${formatClickHouseType(type)})`
    : `LowCardinality(Nullable(${formatClickHouseType(inner)}))`;
};

/** The masked column's expression: the contract's own, else NULL, else the empty array, map or tuple. */
const maskExpression = ({ name, mask, type: own }: WarehouseColumn): string => {
  const nullable = nullableOf(own);
  const type = quoteText(nullable ?? own);
  const as = `AS ${quoteName(name)}`;
  if (mask !== undefined) return `CAST(${mask}, ${type}) ${as}`;
  return nullable === undefined
    ? `defaultValueOfTypeName(${type}) ${as}`
    : `CAST(NULL, ${type}) ${as}`;
};

/**
 * The expression that a person without further rights sees in place of a column, under its name; the column itself where it is
 * for everybody.
 */
export const maskedColumn = (column: WarehouseColumn): { sql: string; isMasked: boolean } =>
  mayRead(analystClassification, column.classification)
    ? { sql: quoteName(column.name), isMasked: false }
    : { sql: maskExpression(column), isMasked: true };

interface ShownView {
  readonly name: string;
  readonly columns: readonly TableColumn[];
}

/**
 * The view beside this one in which the columns above an analyst's level are masked; undefined when it shows none. A
 * masked column keeps its type, so that joins and charts go on working, and is nullable where it can be.
 */
export const maskedView = (
  { name: view, columns: shown }: ShownView,
  columns: readonly WarehouseColumn[],
): (ShownView & { readonly select: string; readonly isMasked: true }) | undefined => {
  const masked = new Map(
    columns
      .filter(({ classification }) => !mayRead(analystClassification, classification))
      .map((column) => [column.name, column]),
  );
  if (!shown.some(({ name }) => masked.has(name))) return undefined;
  const list = shown.map(({ name }) => {
    const column = masked.get(name);
    return column === undefined ? quoteName(name) : maskExpression(column);
  });
  return {
    name: `${view}_masked`,
    columns: shown.map((column) =>
      masked.has(column.name)
        ? { ...column, type: nullableOf(column.type) ?? column.type }
        : column,
    ),
    select: `SELECT ${list.join(', ')} FROM ${quoteName(view)}`,
    isMasked: true,
  };
};
