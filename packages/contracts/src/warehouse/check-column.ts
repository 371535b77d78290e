import type { AvroFixed, AvroNode, AvroPrimitiveNode, AvroRecord } from '../avro-schema.ts';
import {
  bareType,
  type ClickHouseType,
  formatClickHouseType,
  isNullableType,
  parseClickHouseType,
} from './clickhouse-type.ts';
import { decimalExcess } from './column-type.ts';

/**
 * Unit safety: whether a ClickHouse column keeps every value of an Avro node when the server's Avro reader
 * fills it. The reader checks neither ranges nor units: it wraps integers and takes milliseconds for
 * microseconds without an error. So the pairs it handles well are listed, and every other is refused.
 * Each pair listed is proved against the real server in the command line's column-safety.stack.test.ts.
 */
export interface ColumnProblem {
  readonly rule: string;
  readonly message: string;
  readonly remedy: string;
}

const problem = (rule: string, message: string, remedy: string): ColumnProblem => ({
  rule,
  message,
  remedy,
});

const integerTypes = ['Int8', 'Int16', 'Int32', 'Int64', 'UInt8', 'UInt16', 'UInt32', 'UInt64'];

const dateTimeScale = (type: ClickHouseType): number | undefined =>
  type.name === 'DateTime64' ? Number(type.args[0]) : undefined;

const mismatch = (avro: string, type: ClickHouseType, wanted: string): ColumnProblem =>
  problem(
    'type-mismatch',
    `Avro ${avro} does not fit ${formatClickHouseType(type)}: ClickHouse refuses it or casts it blindly.`,
    `Use ${wanted}.`,
  );

const checkOneOf = (
  avro: string,
  type: ClickHouseType,
  allowed: readonly string[],
): ColumnProblem | undefined => {
  const text = formatClickHouseType(type);
  if (allowed.includes(text)) return undefined;
  if (integerTypes.includes(type.name) || type.name.startsWith('Float')) {
    return problem(
      'range-narrowed',
      `Avro ${avro} does not fit ${text}: ClickHouse wraps or rounds what does not fit, without an error.`,
      `Use ${allowed.join(' or ')}.`,
    );
  }
  return mismatch(avro, type, allowed.join(' or '));
};

const checkTimestamp = (
  avro: string,
  scale: number,
  type: ClickHouseType,
): ColumnProblem | undefined => {
  if (dateTimeScale(type) === scale || type.name === 'Int64') return undefined;
  const wanted = `DateTime64(${scale}, 'UTC') or Int64`;
  if (type.name.startsWith('Date')) {
    return problem(
      'unit-changed',
      `Avro ${avro} into ${formatClickHouseType(type)} is read in the wrong unit, without an error.`,
      `Use ${wanted}.`,
    );
  }
  return checkOneOf(avro, type, [`DateTime64(${scale}, 'UTC')`, 'Int64']);
};

const checkDecimal = (
  precision: number,
  scale: number,
  type: ClickHouseType,
): ColumnProblem | undefined => {
  const wanted = `Decimal(${precision}, ${scale})`;
  if (formatClickHouseType(type) === wanted) return undefined;
  return problem(
    'decimal-changed',
    `Avro decimal(${precision}, ${scale}) does not fit ${formatClickHouseType(type)}: ClickHouse takes only equal precision and scale.`,
    `Use ${wanted}.`,
  );
};

const checkDecimalBytes = (excess: string | undefined): ColumnProblem | undefined =>
  excess === undefined
    ? undefined
    : problem('decimal-too-many-bytes', `${excess}.`, 'Use fixed of so few bytes, or bytes.');

const primitiveColumns: Readonly<Record<string, readonly string[]>> = {
  boolean: ['Bool', 'UInt8'],
  int: ['Int32', 'Int64', 'Float64'],
  long: ['Int64'],
  float: ['Float32', 'Float64'],
  double: ['Float64'],
  bytes: ['String'],
  string: ['String'],
};

const checkScalar = (
  node: AvroPrimitiveNode | AvroFixed,
  type: ClickHouseType,
): ColumnProblem | undefined => {
  const logical = node.logical;
  switch (logical?.name) {
    case 'date':
      return checkOneOf('date', type, ['Date32', 'Int32']);
    case 'time-millis':
    case 'time-micros':
      return checkOneOf(logical.name, type, node.kind === 'int' ? ['Int32', 'Int64'] : ['Int64']);
    case 'timestamp-millis':
    case 'local-timestamp-millis':
      return checkTimestamp(logical.name, 3, type);
    case 'timestamp-micros':
    case 'local-timestamp-micros':
      return checkTimestamp(logical.name, 6, type);
    case 'decimal':
      return (
        checkDecimal(logical.precision, logical.scale, type) ??
        checkDecimalBytes(decimalExcess(node))
      );
    case 'uuid':
      if (node.kind === 'string') return checkOneOf('uuid', type, ['UUID', 'String']);
      return checkOneOf('uuid on fixed(16)', type, ['FixedString(16)']);
    case undefined:
      if (node.kind === 'fixed') {
        return checkOneOf(`fixed(${node.size})`, type, [`FixedString(${node.size})`]);
      }
      return checkOneOf(node.kind, type, primitiveColumns[node.kind] ?? []);
  }
};

const checkTuple = (record: AvroRecord, type: ClickHouseType): ColumnProblem | undefined => {
  const names = record.fields.map((field) => field.name);
  const members = type.args.filter((member) => typeof member === 'object');
  const labels = members.map((member) => member.label);
  if (type.name !== 'Tuple' || names.join() !== labels.join()) {
    return problem(
      'record-shape',
      `Avro record ${record.fullName} needs a Tuple with exactly its fields (${names.join(', ')}); the column is ${formatClickHouseType(type)}.`,
      'Leave the column type out, so that it is derived.',
    );
  }
  for (const [index, field] of record.fields.entries()) {
    const { name, args } = members[index] as ClickHouseType;
    const found = checkType(field.type, { name, args });
    if (found !== undefined) return { ...found, message: `${field.name}: ${found.message}` };
  }
  return undefined;
};

const checkElements = (
  node: AvroNode,
  inner: ClickHouseType | string | undefined,
  type: ClickHouseType,
): ColumnProblem | undefined =>
  typeof inner === 'object'
    ? checkType(node, inner)
    : mismatch('array or map', type, 'Array(T) or Map(String, T)');

const checkUnion = (
  branches: readonly AvroNode[],
  type: ClickHouseType,
): ColumnProblem | undefined => {
  const values = branches.filter((branch) => branch.kind !== 'null');
  const value = values[0];
  if (value === undefined || values.length > 1) {
    return problem(
      'union-of-several',
      'A union of several types has no column that survives evolution.',
      'Use one type and null, or one field for each type.',
    );
  }
  if (values.length < branches.length && !isNullableType(type)) {
    return problem(
      'null-lost',
      `The field may be null and ${formatClickHouseType(type)} may not: null would become the type's default.`,
      `Use Nullable(${formatClickHouseType(bareType(type))}), or take null out of the union.`,
    );
  }
  return checkType(value, type);
};

const checkEnumColumn = (type: ClickHouseType): ColumnProblem | undefined => {
  if (!type.name.startsWith('Enum')) return checkOneOf('enum', type, ['String']);
  return problem(
    'enum-closed',
    `${type.name} fails whole inserts as soon as the schema has a symbol that the column lacks, used or not.`,
    'Use LowCardinality(String).',
  );
};

const checkType = (node: AvroNode, type: ClickHouseType): ColumnProblem | undefined => {
  if (node.kind === 'union') return checkUnion(node.branches, type);
  const bare = bareType(type);
  if (type.name === 'LowCardinality' && !['String', 'FixedString'].includes(bare.name)) {
    return problem(
      'low-cardinality-type',
      `${formatClickHouseType(type)} is refused by ClickHouse: LowCardinality pays for text only.`,
      `Use ${formatClickHouseType(bare)}.`,
    );
  }
  switch (node.kind) {
    case 'null':
      return problem('null-only', 'null alone holds no value.', 'Remove the field or add a type.');
    case 'enum':
      return checkEnumColumn(bare);
    case 'record':
      return checkTuple(node, bare);
    case 'array':
      if (bare.name !== 'Array') return mismatch('array', type, 'Array(T)');
      return checkElements(node.items, bare.args[0], bare);
    case 'map':
      if (bare.name !== 'Map' || formatClickHouseType(bare).startsWith('Map(String,') === false) {
        return mismatch('map', type, 'Map(String, T)');
      }
      return checkElements(node.values, bare.args[1], bare);
    default:
      return checkScalar(node, bare);
  }
};

/**
 * What goes wrong when an Avro node is read into a column of `clickhouseType`; `undefined` when every
 * value arrives unchanged. Source: ClickHouse's AvroRowInputFormat, re-run on 26.7.
 */
export const checkColumn = (node: AvroNode, clickhouseType: string): ColumnProblem | undefined => {
  const type = parseClickHouseType(clickhouseType);
  if (type === undefined) {
    return problem(
      'type-unreadable',
      `${JSON.stringify(clickhouseType)} is not a ClickHouse type.`,
      "Write it as in CREATE TABLE, e.g. LowCardinality(String) or DateTime64(3, 'UTC').",
    );
  }
  return checkType(node, type);
};
