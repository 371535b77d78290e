import { expressionNames } from '../project/sql-columns.ts';
import { sameClickHouseType } from '../warehouse/clickhouse-type.ts';
import { quoteName, quoteText } from '../warehouse/sql-text.ts';
import { columnDdl } from '../warehouse/table-ddl.ts';
import type { TableColumn, TableShape } from '../warehouse/warehouse-table.ts';
import type { ActualColumn, ActualTable } from './actual-table.ts';
import { isWidening } from './column-types.ts';
import { formerColumn, heritage, isInheriting } from './leaving-columns.ts';
import { executeStatement, sameExpression, type TableStep } from './table-step.ts';

/**
 * The columns of one table as wanted against those it has: adding is done, a lossless widening too,
 * anything that could lose values is destructive or refused. Those that are wanted no more are leaving-columns.ts.
 */
/** The codec goes with the type: the one that the column has may be none of the new type, such as T64 of a float. */
const codecOfType = (wanted: TableColumn, found: ActualColumn): string =>
  wanted.codec === undefined || sameExpression(wanted.codec, found.codec)
    ? ''
    : ` CODEC(${wanted.codec})`;

const typeStep = (
  shape: ColumnsOf,
  wanted: TableColumn,
  found: ActualColumn,
): TableStep | undefined => {
  if (sameClickHouseType(wanted.type, found.type)) return undefined;
  const step = {
    target: 'table',
    name: shape.name,
    line: `column ${wanted.name} ${found.type} → ${wanted.type}`,
  } as const;
  const statement = `ALTER TABLE ${quoteName(shape.name)} MODIFY COLUMN ${quoteName(wanted.name)} ${wanted.type}${codecOfType(wanted, found)}`;
  const inKey =
    shape.orderBy.includes(wanted.name) ||
    expressionNames(shape.partitionBy ?? '').columns.includes(wanted.name);
  if (inKey) {
    return {
      ...step,
      kind: 'refused',
      line: `${step.line}: it is part of the table's key`,
    };
  }
  if (isWidening(found.type, wanted.type))
    return { ...step, kind: 'alter', ...executeStatement(statement) };
  return {
    ...step,
    kind: 'destructive',
    line: `${step.line}: values that do not fit are lost or stop the change half-way`,
    way: 'Add a new field instead; or check the values, then apply with --allow-destructive.',
    ...executeStatement(statement),
  };
};

const commentStep = (
  shape: ColumnsOf,
  wanted: TableColumn,
  found: ActualColumn,
): TableStep | undefined =>
  (wanted.comment ?? '') === (found.comment ?? '')
    ? undefined
    : {
        kind: 'alter',
        target: 'table',
        name: shape.name,
        line: `column ${wanted.name}: comment changes`,
        ...executeStatement(
          `ALTER TABLE ${quoteName(shape.name)} COMMENT COLUMN ${quoteName(wanted.name)} ${quoteText(wanted.comment ?? '')}`,
        ),
      };

const codecStep = (
  shape: ColumnsOf,
  wanted: TableColumn,
  found: ActualColumn,
): TableStep | undefined => {
  if (sameExpression(wanted.codec, found.codec)) return undefined;
  const column = `ALTER TABLE ${quoteName(shape.name)} MODIFY COLUMN ${quoteName(wanted.name)}`;
  return {
    kind: 'alter',
    target: 'table',
    name: shape.name,
    line: `column ${wanted.name}: codec ${found.codec ?? 'default'} → ${wanted.codec ?? 'default'}`,
    ...executeStatement(
      wanted.codec === undefined
        ? `${column} REMOVE CODEC`
        : `${column} ${wanted.type} CODEC(${wanted.codec})`,
    ),
  };
};

const defaultStep = (
  shape: ColumnsOf,
  wanted: TableColumn,
  found: ActualColumn,
): TableStep | undefined => {
  if (sameExpression(wanted.defaultExpression, found.defaultExpression)) return undefined;
  const column = `ALTER TABLE ${quoteName(shape.name)} MODIFY COLUMN ${quoteName(wanted.name)}`;
  return {
    kind: 'alter',
    target: 'table',
    name: shape.name,
    line: `column ${wanted.name}: default ${found.defaultExpression ?? '(none)'} → ${wanted.defaultExpression ?? '(none)'}`,
    ...executeStatement(
      wanted.defaultExpression === undefined
        ? `${column} REMOVE DEFAULT`
        : `${column} ${wanted.type} DEFAULT ${wanted.defaultExpression}`,
    ),
  };
};

const addStep = (shape: ColumnsOf, at: number, former: ActualColumn | undefined): TableStep => {
  const column = shape.columns[at] as TableColumn;
  const after = shape.columns[at - 1];
  const place = after === undefined ? 'FIRST' : `AFTER ${quoteName(after.name)}`;
  const inherited = former && { ...column, defaultExpression: heritage(former) };
  return {
    kind: 'alter',
    target: 'table',
    name: shape.name,
    line: `add column ${column.name} ${column.type}${former === undefined ? '' : `, with the values of ${former.name}`}`,
    ...executeStatement(
      `ALTER TABLE ${quoteName(shape.name)} ADD COLUMN IF NOT EXISTS ${columnDdl(inherited ?? column)} ${place}`,
    ),
  };
};

/** What columns stand on: a table of its own, or one over shards, which has no more. */
type ColumnsOf = Pick<TableShape, 'name' | 'columns' | 'orderBy' | 'partitionBy'>;

/** The steps of one table's columns, without those that are to go. */
export const columnSteps = (shape: ColumnsOf, actual: ActualTable): readonly TableStep[] =>
  shape.columns
    .flatMap((column, at): readonly (TableStep | undefined)[] => {
      const found = actual.columns.find(({ name }) => name === column.name);
      const former = formerColumn(column, shape, actual);
      if (found === undefined) return [addStep(shape, at, former)];
      const wanted =
        former !== undefined && isInheriting(found, former)
          ? { ...column, defaultExpression: heritage(former) }
          : column;
      return [typeStep, defaultStep, commentStep, codecStep].map((step) =>
        step(shape, wanted, found),
      );
    })
    .filter((step) => step !== undefined);
