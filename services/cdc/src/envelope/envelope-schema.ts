/**
 * The Avro schemas of a change record, field by field as Debezium 3 with Kafka Connect's Avro converter
 * registers them, so that its consumers read ours. Source: Debezium's documentation of the PostgreSQL
 * connector and the schemas it registers.
 */
import type { AvroJson } from '../columns/column-codec.ts';
import { avroFieldNames, avroNamespace } from './avro-name.ts';
import type { ShapeColumn, TableShape } from './table-shape.ts';

const nullable = (type: AvroJson) => ['null', type];
const optional = (name: string, type: AvroJson) => ({
  name,
  type: nullable(type),
  default: null,
});

/** The values of source.snapshot. */
export const snapshotMarkers = [
  'true',
  'first',
  'first_in_data_collection',
  'last_in_data_collection',
  'last',
  'false',
  'incremental',
] as const;
export type SnapshotMarker = (typeof snapshotMarkers)[number];

export const sourceSchema = {
  type: 'record',
  name: 'Source',
  namespace: 'io.debezium.connector.postgresql',
  fields: [
    { name: 'version', type: 'string' },
    { name: 'connector', type: 'string' },
    { name: 'name', type: 'string' },
    { name: 'ts_ms', type: 'long' },
    {
      name: 'snapshot',
      type: [
        {
          type: 'string',
          'connect.version': 1,
          'connect.parameters': { allowed: snapshotMarkers.join(',') },
          'connect.default': 'false',
          'connect.name': 'io.debezium.data.Enum',
        },
        'null',
      ],
      default: 'false',
    },
    { name: 'db', type: 'string' },
    optional('sequence', 'string'),
    optional('ts_us', 'long'),
    optional('ts_ns', 'long'),
    { name: 'schema', type: 'string' },
    { name: 'table', type: 'string' },
    optional('txId', 'long'),
    optional('lsn', 'long'),
    optional('xmin', 'long'),
    optional('origin', 'string'),
    optional('origin_lsn', 'long'),
  ],
  'connect.version': 1,
  'connect.name': 'io.debezium.connector.postgresql.Source',
};

export const transactionSchema = {
  type: 'record',
  name: 'block',
  namespace: 'event',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'total_order', type: 'long' },
    { name: 'data_collection_order', type: 'long' },
  ],
  'connect.version': 1,
  'connect.name': 'event.block',
};

/** Named types may be defined once per schema; later uses give the name. */
const createTypeUse = () => {
  const defined = new Set<string>();
  const useEach = (type: AvroJson | readonly AvroJson[]): unknown =>
    Array.isArray(type) ? type.map(use) : use(type as AvroJson);
  const use = (type: AvroJson): AvroJson => {
    if (typeof type === 'string') return type;
    if (type['type'] === 'array') return { ...type, items: useEach(type['items'] as AvroJson) };
    if (type['type'] !== 'record') return type;
    const fullName = `${type['namespace']}.${type['name']}`;
    if (defined.has(fullName)) return fullName;
    defined.add(fullName);
    const fields = type['fields'] as readonly { readonly type: AvroJson }[];
    return { ...type, fields: fields.map((field) => ({ ...field, type: useEach(field.type) })) };
  };
  return use;
};

/** The type with more attributes, in Kafka Connect's order of them. */
const withAttributes = (type: AvroJson, more: Readonly<Record<string, unknown>>): AvroJson => {
  if (typeof type === 'string') return { type, ...more };
  const { 'connect.name': connectName, logicalType, ...rest } = type;
  return {
    ...rest,
    ...more,
    ...(connectName === undefined ? {} : { 'connect.name': connectName }),
    ...(logicalType === undefined ? {} : { logicalType }),
  };
};

/** With the parameters that a rule adds. A record is of many columns, and keeps to itself. */
const withParameters = (type: AvroJson, { parameters }: ShapeColumn): AvroJson => {
  const attributes: Readonly<Record<string, unknown>> = typeof type === 'string' ? {} : type;
  if (attributes['type'] === 'record' || parameters === undefined) return type;
  const given = attributes['connect.parameters'] as object | undefined;
  return withAttributes(type, { 'connect.parameters': { ...given, ...parameters } });
};

const fieldsOf = (
  columns: readonly ShapeColumn[],
  names: readonly string[],
  neverNull: boolean,
) => {
  const use = createTypeUse();
  return columns.map((column, i) => {
    const name = names[i] as string;
    const type = withParameters(use(column.codec.schema), column);
    const isNullable = column.nullable && !neverNull;
    if (column.default === undefined) return isNullable ? optional(name, type) : { name, type };
    const known = withAttributes(type, { 'connect.default': column.default.json });
    // Avro: a default is of the first branch
    return { name, type: isNullable ? [known, 'null'] : known, default: column.default.json };
  });
};

/** Apicurio's registry refuses the text `{}` as a default (3.x: "Failed to discover artifact type"); escaped it is the same JSON. */
const schemaText = (schema: object): string =>
  JSON.stringify(schema).replaceAll('"default":"{}"', String.raw`"default":"\u007b}"`);

/** Namespace of a table's records: `<topic prefix>.<schema>.<table>`. */
const namespaceOf = (prefix: string, shape: TableShape): string =>
  avroNamespace(prefix, shape.schema, shape.table);

/** JSON text of the key record, or `undefined` for a table without a key. */
export const keySchemaText = (prefix: string, shape: TableShape): string | undefined => {
  if (shape.keyColumns.length === 0) return undefined;
  const namespace = namespaceOf(prefix, shape);
  const names = avroFieldNames(shape.columns.map((column) => column.name));
  // Debezium tells the source's type in rows alone
  const columns = shape.keyColumns.map((index) => ({
    ...(shape.columns[index] as ShapeColumn),
    parameters: undefined,
  }));
  return schemaText({
    type: 'record',
    name: 'Key',
    namespace,
    fields: fieldsOf(
      columns,
      shape.keyColumns.map((index) => names[index] as string),
      shape.chosenKey !== true,
    ),
    'connect.name': `${namespace}.Key`,
  });
};

/** JSON text of the envelope record. */
export const valueSchemaText = (prefix: string, shape: TableShape): string => {
  const namespace = namespaceOf(prefix, shape);
  const names = avroFieldNames(shape.columns.map((column) => column.name));
  const written = shape.columns.filter((column) => !column.excluded);
  const writtenNames = names.filter((_, i) => !shape.columns[i]?.excluded);
  const row = {
    type: 'record',
    name: 'Value',
    fields: fieldsOf(written, writtenNames, false),
    'connect.name': `${namespace}.Value`,
  };
  return schemaText({
    type: 'record',
    name: 'Envelope',
    namespace,
    fields: [
      optional('before', row),
      optional('after', 'Value'),
      { name: 'source', type: sourceSchema },
      optional('transaction', transactionSchema),
      { name: 'op', type: 'string' },
      optional('ts_ms', 'long'),
      optional('ts_us', 'long'),
      optional('ts_ns', 'long'),
    ],
    'connect.version': 2,
    'connect.name': `${namespace}.Envelope`,
  });
};
