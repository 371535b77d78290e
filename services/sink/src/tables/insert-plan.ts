/**
 * What a role decides about an insert: columns, conversions, and what each column gets when the writer's
 * schema does not have the field. The statements are put together in `landing.ts`.
 */
import { type DescribedTable, quoteIdentifier, quoteLiteral } from '@millrace/clickhouse';
import {
  type AvroField,
  type AvroNode,
  type AvroRecord,
  checkColumn,
  MillraceError,
  type WarehouseColumn,
  type WarehouseContract,
  type WarehouseRole,
} from '@millrace/contracts';

export interface InsertPlan {
  readonly role: WarehouseRole;
  /** `` `table` (columns) `` */
  readonly target: string;
  /** What stands behind the target: `FORMAT Avro`, or a SELECT over the incoming fields. */
  readonly source: string;
  /** The columns and types of the target as a literal, for probing. */
  readonly structure: string;
}

export type PlanVerdict =
  | { readonly ok: true; readonly plan: InsertPlan }
  | { readonly ok: false; readonly reason: string };

/** A column of the statement: what it reads from the record, and the expression that fills it. */
export interface FilledColumn {
  readonly name: string;
  readonly type: string;
  /** Fields to read, with the type they are read as. */
  readonly inputs: readonly { readonly name: string; readonly type: string }[];
  readonly expression: string;
}

/** The table's type of a column; throws `sink.table-unfit` when the table does not have it. */
export function tableColumnType(table: DescribedTable, name: string): string {
  const column = table.columns.find((candidate) => candidate.name === name);
  if (column) return column.type;
  throw new MillraceError('sink.table-unfit', `${table.name} has no column ${name}`, {
    retryable: true,
  });
}

/**
 * Why a writer's field cannot fill a column unchanged. A column that does not even fit the contract's own
 * field is the table's fault and not the writer's: that throws `sink.table-unfit`.
 */
export function columnFault(
  contract: WarehouseContract,
  column: WarehouseColumn,
  writerNode: AvroNode,
  tableType: string,
): string | undefined {
  const problem = checkColumn(writerNode, tableType);
  if (!problem) return undefined;
  const declared = fieldOf(contract.record, column.name);
  if (declared && checkColumn(declared, tableType)) {
    throw new MillraceError(
      'sink.table-unfit',
      `${contract.warehouse.table}.${column.name} is ${tableType}: ${problem.message}`,
      { retryable: true },
    );
  }
  return `${column.name} [${problem.rule}] ${problem.message}`;
}

/**
 * What a column gets when the writer does not have its field: the contract's default as the expression that is
 * the table's own DEFAULT, too; `'omitted'` where that is the type's zero; or undefined where there is no default.
 */
export function missingColumn(
  contract: WarehouseContract,
  column: WarehouseColumn,
): string | 'omitted' | undefined {
  const field = contract.record.fields.find((candidate) => candidate.name === column.name);
  if (!field?.default) return undefined;
  return column.defaultExpression ?? 'omitted';
}

/** Puts a plan together; a SELECT is only used where an expression does more than name its field. */
export function assemblePlan(
  role: WarehouseRole,
  table: string,
  columns: readonly FilledColumn[],
  where?: string,
): InsertPlan {
  const names = columns.map((column) => quoteIdentifier(column.name)).join(', ');
  const inputs = new Map(
    columns.flatMap((column) => column.inputs.map((input) => [input.name, input.type])),
  );
  const isPlain = columns.every((column) => column.expression === quoteIdentifier(column.name));
  const select = columns.map((column) => column.expression).join(', ');
  const source = isPlain
    ? 'FORMAT Avro'
    : `SELECT ${select} FROM input(${structureOf(inputs)})${where ? ` WHERE ${where}` : ''} FORMAT Avro`;
  return {
    role,
    target: `${quoteIdentifier(table)} (${names})`,
    source,
    structure: structureOf(new Map(columns.map((column) => [column.name, column.type]))),
  };
}

export const fieldOf = (record: AvroRecord, name: string): AvroNode | undefined =>
  record.fields.find((field) => field.name === name)?.type;

/** The writer's field for a column: under its name, else under one of those that the contract's field had (its aliases). */
export const writtenField = (
  contract: WarehouseContract,
  column: WarehouseColumn,
  writer: AvroRecord,
): AvroField | undefined => {
  const declared = contract.record.fields.find(({ name }) => name === column.name);
  return [column.name, ...(declared?.aliases ?? [])]
    .map((wanted) => writer.fields.find(({ name }) => name === wanted))
    .find((field) => field !== undefined);
};

const structureOf = (types: ReadonlyMap<string, string>): string =>
  quoteLiteral([...types].map(([name, type]) => `${quoteIdentifier(name)} ${type}`).join(', '));
