/**
 * One column of a captured row: how its Avro field, with the meaning that Debezium gives it in
 * `connect.name`, becomes the ClickHouse column. Conversions are SQL and exact; one that would lose
 * digits is refused. Fields without such a meaning follow the unit rules of the contracts.
 * Source: Debezium PostgreSQL connector, "Data type mappings" and "Temporal types".
 */
import { quoteIdentifier } from '@millrace/clickhouse';
import {
  type AvroField,
  type AvroNode,
  columnType,
  type WarehouseColumn,
  type WarehouseContract,
} from '@millrace/contracts';
import { columnFault, type FilledColumn } from './insert-plan.ts';

interface Conversion {
  /** The type the field is read as. */
  readonly input: string;
  /** Stands in for null while the conversion runs: it is run on every row, the null ones included. */
  readonly placeholder?: string;
  /** The column types, without Nullable, that hold every value. */
  readonly fits: RegExp;
  sql(value: string): string;
}

const dateTime = (scales: string): RegExp =>
  new RegExp(`^DateTime64\\((${scales})(, '[^']+')?\\)$`);

const conversions: Readonly<Record<string, Conversion>> = {
  'io.debezium.time.Date': {
    input: 'Int32',
    fits: /^Date32$/,
    sql: (value) => `addDays(toDate32('1970-01-01'), ${value})`,
  },
  'io.debezium.time.Timestamp': {
    input: 'Int64',
    fits: dateTime('[3-9]'),
    sql: (value) => `fromUnixTimestamp64Milli(${value}, 'UTC')`,
  },
  'io.debezium.time.MicroTimestamp': {
    input: 'Int64',
    fits: dateTime('[6-9]'),
    sql: (value) => `fromUnixTimestamp64Micro(${value}, 'UTC')`,
  },
  'io.debezium.time.NanoTimestamp': {
    input: 'Int64',
    fits: dateTime('9'),
    sql: (value) => `fromUnixTimestamp64Nano(${value}, 'UTC')`,
  },
  'io.debezium.time.ZonedTimestamp': {
    input: 'String',
    placeholder: "'1970-01-01'",
    fits: dateTime('[6-9]'),
    sql: (value) => `parseDateTime64BestEffort(${value}, 6, 'UTC')`,
  },
  'io.debezium.data.Uuid': {
    input: 'String',
    placeholder: "'00000000-0000-0000-0000-000000000000'",
    fits: /^UUID$/,
    sql: (value) => `toUUID(${value})`,
  },
};

/** The filled column, or why the field cannot fill it. Throws `sink.table-unfit`. */
export function connectColumn(
  contract: WarehouseContract,
  column: WarehouseColumn,
  field: AvroField,
  tableType: string,
  branch: string,
): FilledColumn | string {
  const { node, isNullable } = nullability(field.type);
  const meaning = 'props' in node ? node.props['connect.name'] : undefined;
  const conversion = typeof meaning === 'string' ? conversions[meaning] : undefined;
  const bareTableType = tableType.replace(/^Nullable\((.*)\)$/, '$1');
  const isConverted = conversion?.fits.test(bareTableType) ?? false;
  if (!isConverted) {
    // A time that is no number column and has no exact conversion must not pass as a plain integer.
    const fault = columnFault(contract, column, field.type, tableType);
    if (fault) return meaning ? `${fault} (${String(meaning)})` : fault;
  } else if (isNullable && bareTableType === tableType) {
    return `${column.name} may be null and ${tableType} may not`;
  }
  const input = isConverted ? conversion!.input : columnType(node);
  const type = isNullable ? `Nullable(${input})` : input;
  const before = { name: `before.${branch}.${field.name}`, type };
  const after = { name: `after.${branch}.${field.name}`, type };
  const value = `if(\`op\` = 'd', ${quoteIdentifier(before.name)}, ${quoteIdentifier(after.name)})`;
  return {
    name: column.name,
    type: tableType,
    inputs: [before, after, { name: 'op', type: 'String' }],
    expression: isConverted ? converted(conversion!, value, isNullable) : value,
  };
}

function converted({ placeholder, sql }: Conversion, value: string, isNullable: boolean): string {
  if (!placeholder) return sql(value);
  // A truncation has no row, and a delete may tell the key alone: the text that is empty then is no value of the type.
  if (!isNullable) {
    return sql(`if(\`op\` IN ('d', 't') AND empty(${value}), ${placeholder}, ${value})`);
  }
  return `if(isNull(${value}), NULL, ${sql(`ifNull(${value}, ${placeholder})`)})`;
}

/** The value's node of an optional field: `[null, T]` or `[T, null]`. */
function nullability(field: AvroNode): { node: AvroNode; isNullable: boolean } {
  if (field.kind !== 'union') return { node: field, isNullable: false };
  const values = field.branches.filter((branch) => branch.kind !== 'null');
  return values.length === 1
    ? { node: values[0]!, isNullable: values.length < field.branches.length }
    : { node: field, isNullable: false };
}
