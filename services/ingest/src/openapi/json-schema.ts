/**
 * JSON Schema 2020-12 of what the door takes as JSON for an Avro type: the other side of the encoder of packages/avro,
 * whose README has the mapping. A schema that is looser than the encoder (a decimal's digits) says so in words.
 */
import type { AvroField, AvroNode, AvroRecord, AvroUnion } from '@millrace/contracts';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Of a record: its fields, those without a default required, and no others. */
export const jsonSchemaOf = (record: AvroRecord): JsonSchema => ({
  type: 'object',
  ...described(record.doc),
  properties: Object.fromEntries(record.fields.map((field) => [field.name, fieldSchema(field)])),
  required: record.fields.filter((field) => field.default === undefined).map(({ name }) => name),
  additionalProperties: false,
});

const described = (doc: string | undefined): JsonSchema =>
  doc === undefined ? {} : { description: doc };

const fieldSchema = (field: AvroField): JsonSchema => ({
  ...nodeSchema(field.type),
  ...described(field.doc),
  ...(field.default === undefined ? {} : { default: field.default.value }),
});

const nodeSchema = (node: AvroNode): JsonSchema => {
  const logical = logicalSchema(node);
  if (logical !== undefined) return logical;
  switch (node.kind) {
    case 'record':
      return jsonSchemaOf(node);
    case 'enum':
      return { enum: node.symbols, ...described(node.doc) };
    case 'array':
      return { type: 'array', items: nodeSchema(node.items) };
    case 'map':
      return { type: 'object', additionalProperties: nodeSchema(node.values) };
    case 'union':
      return unionSchema(node);
    case 'fixed':
      return { ...base64, description: `${node.size} bytes in base64` };
    default:
      return primitives[node.kind] ?? {};
  }
};

const base64: JsonSchema = { type: 'string', contentEncoding: 'base64' };
const digits: JsonSchema = { type: 'string', pattern: '^-?[0-9]{1,20}$' };
const notFinite: JsonSchema = { enum: ['NaN', 'Infinity', '-Infinity'] };

const primitives: Readonly<Record<string, JsonSchema>> = {
  null: { type: 'null' },
  boolean: { type: 'boolean' },
  int: { type: 'integer', format: 'int32', minimum: -(2 ** 31), maximum: 2 ** 31 - 1 },
  long: {
    // A number beyond 2^53 has lost digits in most parsers, so it comes as text.
    anyOf: [
      {
        type: 'integer',
        format: 'int64',
        minimum: Number.MIN_SAFE_INTEGER,
        maximum: Number.MAX_SAFE_INTEGER,
      },
      digits,
    ],
  },
  float: { anyOf: [{ type: 'number', format: 'float' }, notFinite] },
  double: { anyOf: [{ type: 'number', format: 'double' }, notFinite] },
  string: { type: 'string' },
  bytes: base64,
};

const orInteger = (text: JsonSchema, unit: string): JsonSchema => ({
  anyOf: [text, { type: 'integer', description: unit }],
});

const logicalSchema = (node: AvroNode): JsonSchema | undefined => {
  const logical = 'logical' in node ? node.logical : undefined;
  switch (logical?.name) {
    case 'date':
      return orInteger({ type: 'string', format: 'date' }, 'days since 1970-01-01');
    case 'time-millis':
      return orInteger({ type: 'string', pattern: timePattern }, 'milliseconds since midnight');
    case 'time-micros':
      return orInteger({ type: 'string', pattern: timePattern }, 'microseconds since midnight');
    case 'timestamp-millis':
      return orInteger({ type: 'string', format: 'date-time' }, 'milliseconds since 1970 UTC');
    case 'timestamp-micros':
      return orInteger({ type: 'string', format: 'date-time' }, 'microseconds since 1970 UTC');
    case 'local-timestamp-millis':
      return orInteger({ type: 'string', pattern: localPattern }, 'milliseconds since 1970');
    case 'local-timestamp-micros':
      return orInteger({ type: 'string', pattern: localPattern }, 'microseconds since 1970');
    case 'uuid':
      return { type: 'string', format: 'uuid' };
    case 'decimal':
      return {
        anyOf: [
          { type: 'string', pattern: '^[+-]?[0-9]+([.][0-9]*)?([eE][+-]?[0-9]+)?$' },
          { type: 'number' },
        ],
        description: `a decimal of ${logical.precision} digits at most, ${logical.scale} of them behind the point; of more than 15 digits as text`,
      };
    default:
      return undefined;
  }
};

const timePattern = '^[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?$';
const localPattern = '^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,9})?$';

/** The plain value where one branch can be meant; `{"branch": value}` is always taken. */
const unionSchema = ({ branches }: AvroUnion): JsonSchema => {
  const values = branches.filter(({ kind }) => kind !== 'null');
  const hasNull = values.length < branches.length;
  if (values.length === 1) {
    const schema = nodeSchema(values[0]!);
    return hasNull ? { anyOf: [schema, { type: 'null' }] } : schema;
  }
  const wrapped = values.map((branch) => {
    const name = 'fullName' in branch ? branch.fullName : branch.kind;
    const properties = { [name]: nodeSchema(branch) };
    return { type: 'object', properties, required: [name], additionalProperties: false };
  });
  return { anyOf: [...branches.map(nodeSchema), ...wrapped] };
};
