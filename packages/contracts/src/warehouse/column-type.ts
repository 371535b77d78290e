import type { AvroFixed, AvroNode, AvroPrimitiveNode } from '../avro-schema.ts';
import { MillraceError } from '../millrace-error.ts';

/**
 * The ClickHouse type that holds every value of an Avro node unchanged. ClickHouse's Avro reader converts
 * by raw casts, so a type is chosen for what the reader does, not for what looks alike. Where no such type
 * exists the node is refused. Overrides given in a contract are judged by check-column.ts.
 */
export const decimalPrecisionMax = 76;

const primitiveTypes = {
  boolean: 'Bool',
  int: 'Int32',
  long: 'Int64',
  float: 'Float32',
  double: 'Float64',
  bytes: 'String',
  string: 'String',
} as const;

const refuse = (message: string): never => {
  throw new MillraceError('contracts.column-unsafe', message);
};

const logicalColumnType = (node: AvroPrimitiveNode | AvroFixed): string | undefined => {
  switch (node.logical?.name) {
    case undefined:
    case 'time-millis':
    case 'time-micros':
      return undefined;
    case 'date':
      return 'Date32';
    case 'timestamp-millis':
    case 'local-timestamp-millis':
      return "DateTime64(3, 'UTC')";
    case 'timestamp-micros':
    case 'local-timestamp-micros':
      return "DateTime64(6, 'UTC')";
    case 'uuid':
      return node.kind === 'fixed' ? undefined : 'UUID';
    case 'decimal':
      if (node.logical.precision > decimalPrecisionMax) {
        return refuse(
          `decimal(${node.logical.precision}, ${node.logical.scale}) is wider than ClickHouse's ${decimalPrecisionMax} digits [decimal-too-wide] Narrow the precision, or carry the number as a string.`,
        );
      }
      if (decimalExcess(node) !== undefined) {
        return refuse(
          `${decimalExcess(node)} [decimal-too-many-bytes] Use fixed of so few bytes, or bytes; or a precision that takes as many.`,
        );
      }
      return `Decimal(${node.logical.precision}, ${node.logical.scale})`;
  }
};

/** How many bytes ClickHouse has for a decimal: it refuses every value that is stored in more, also a small one. */
export const decimalBytes = (precision: number): number => {
  if (precision <= 9) return 4;
  if (precision <= 18) return 8;
  return precision <= 38 ? 16 : 32;
};

/** Why no value of a fixed decimal fits a column; undefined when all do. */
export const decimalExcess = (node: AvroPrimitiveNode | AvroFixed): string | undefined => {
  const { logical } = node;
  if (node.kind !== 'fixed' || logical?.name !== 'decimal') return undefined;
  const most = decimalBytes(logical.precision);
  if (node.size <= most) return undefined;
  return `decimal(${logical.precision}, ${logical.scale}) on fixed(${node.size}): ClickHouse reads at most ${most} bytes of a decimal of so few digits and refuses every value`;
};

const nullableColumnType = (branches: readonly AvroNode[]): string => {
  const values = branches.filter((branch) => branch.kind !== 'null');
  const value = values[0];
  if (value === undefined || values.length > 1) {
    return refuse(
      'a union of several types has no column type that survives evolution [union-of-several] Use one type and null, or one field for each type.',
    );
  }
  const inner = columnType(value);
  if (branches.length === 1) return inner;
  if (value.kind === 'array' || value.kind === 'map' || value.kind === 'record') {
    return refuse(
      `a nullable ${value.kind} would lose the difference between null and empty [null-lost] Make it not nullable with an empty default.`,
    );
  }
  return inner.startsWith('LowCardinality(')
    ? 'LowCardinality(Nullable(String))'
    : `Nullable(${inner})`;
};

/**
 * The ClickHouse column type of an Avro node, e.g. `Nullable(DateTime64(3, 'UTC'))`.
 * Throws `contracts.column-unsafe` (rule and remedy in the message) when no type keeps the values.
 */
export const columnType = (node: AvroNode): string => {
  switch (node.kind) {
    case 'null':
      return refuse(
        'null alone holds no value [null-only] Remove the field, or add a type to the union.',
      );
    case 'fixed':
      return logicalColumnType(node) ?? `FixedString(${node.size})`;
    case 'enum':
      return 'LowCardinality(String)';
    case 'array':
      return `Array(${columnType(node.items)})`;
    case 'map':
      return `Map(String, ${columnType(node.values)})`;
    case 'record':
      if (node.fields.length === 0) {
        return refuse('a record without fields holds no value [record-empty] Add a field.');
      }
      return `Tuple(${node.fields.map((field) => `${field.name} ${columnType(field.type)}`).join(', ')})`;
    case 'union':
      return nullableColumnType(node.branches);
    default:
      return logicalColumnType(node) ?? primitiveTypes[node.kind];
  }
};
