/**
 * A column's default as Debezium puts it into the schemas, and into NOT NULL columns of old rows that were not sent.
 * Nothing is evaluated: PostgreSQL's own text of a constant (pg_get_expr) is the text of a value, which the column's
 * codec reads. A function's result is not known before a row is inserted, so an empty value stands for it, as in
 * Debezium. Any other expression gives no default.
 */
import { createAvroOutput } from './avro-output.ts';
import { scaleOf } from './codec-for-type.ts';
import type { AvroJson, ColumnCodec } from './column-codec.ts';

export interface ColumnDefault {
  /** As a schema says it: Avro's JSON. */
  readonly json: string | number | boolean;
  /** As a record holds it, without a branch. */
  readonly bytes: Buffer;
}

/** Types whose defaults Debezium carries, by the name of `TypeFacts`, and what stands for a function's result. */
const ofFunction: Readonly<Record<string, string>> = {
  ...{ bit: '00', varbit: '0', bool: 'f', bpchar: '', varchar: '', text: '', xml: '' },
  ...{ numeric: '0', float4: '0', float8: '0', int2: '0', int4: '0', int8: '0' },
  ...{ json: '{}', jsonb: '{}', uuid: '00000000-0000-0000-0000-000000000000' },
  ...{ date: '1970-01-01', time: '00:00:00', timestamp: '1970-01-01 00:00:00' },
  ...{ timestamptz: '1970-01-01 00:00:00+00', interval: 'PT0S' },
};

/** One quoted constant and at most one cast; bit strings have a B. */
const QUOTED = /^B?'((?:[^']|'')*)'(?:::[^'()]+(?:\([\d,]+\))?)?$/;
const NUMBER = /^-?\d+(?:\.\d+)?$/;
const FUNCTION = /^\(?[\w.]+\(.*\)/s;
const FUNCTION_WORDS =
  /^(?:CURRENT_(?:DATE|TIME|TIMESTAMP|USER|ROLE|CATALOG|SCHEMA)|LOCALTIME(?:STAMP)?|SESSION_USER|USER)$/i;

/** PostgreSQL's output of the value, or undefined where the expression tells none. */
const valueText = (expression: string, typeName: string): string | undefined => {
  const quoted = QUOTED.exec(expression);
  if (quoted !== null) return quoted[1]?.replaceAll("''", "'");
  if (NUMBER.test(expression)) return expression;
  if (expression === 'true' || expression === 'false') return expression[0];
  const isFunction = FUNCTION_WORDS.test(expression) || FUNCTION.test(expression);
  return isFunction ? ofFunction[typeName] : undefined;
};

const primitive = (schema: AvroJson): string =>
  typeof schema === 'string' ? schema : String(schema['type']);

/** The value in Avro's JSON; undefined where JSON cannot say it exactly. */
const jsonOf = (
  schema: AvroJson,
  bytes: Buffer,
  text: string,
): ColumnDefault['json'] | undefined => {
  switch (primitive(schema)) {
    case 'boolean':
      return bytes[0] === 1;
    case 'string':
      return bytes.toString('utf8', lengthEnd(bytes));
    case 'bytes':
      return bytes.toString('latin1', lengthEnd(bytes));
    case 'float':
    case 'double': {
      const value = Number(text);
      return Number.isFinite(value) ? value : undefined;
    }
    case 'int':
    case 'long': {
      const value = Number(BigInt.asIntN(64, zigZag(bytes)));
      return Number.isSafeInteger(value) ? value : undefined;
    }
    default:
      return undefined; // a record cannot be a default in Kafka Connect
  }
};

const lengthEnd = (bytes: Buffer): number => bytes.findIndex((byte) => byte < 0x80) + 1;

const zigZag = (bytes: Buffer): bigint => {
  let value = 0n;
  for (const [i, byte] of bytes.entries()) value |= BigInt(byte & 0x7f) << BigInt(7 * i);
  return (value >> 1n) ^ -(value & 1n);
};

/** With the declared digits behind the point; undefined where PostgreSQL rounds when a row is inserted. */
const scaled = (text: string, scale: number): string | undefined => {
  const [whole, fraction = ''] = text.split('.');
  if (!NUMBER.test(text)) return text;
  if (fraction.length > scale) return undefined;
  return scale === 0 ? text : `${whole}.${fraction.padEnd(scale, '0')}`;
};

/** No default is larger: it would be in every schema. */
const TEXT_LENGTH_MAX = 4096;
const ROOM_PER_BYTE = 12;
const ROOM = 256;

/**
 * @param typeName name of `TypeFacts`, `enum` for every enum type
 * @param expression text of pg_get_expr; undefined: the column has no default
 */
export const columnDefault = (
  codec: ColumnCodec,
  typeName: string,
  typeModifier: number,
  expression: string | undefined,
): ColumnDefault | undefined => {
  if (expression === undefined || (typeName !== 'enum' && !(typeName in ofFunction)))
    return undefined;
  const given = valueText(expression, typeName);
  const scale = typeName === 'numeric' ? scaleOf(typeModifier) : undefined;
  const text = given === undefined || scale === undefined ? given : scaled(given, scale);
  if (text === undefined || text.length > TEXT_LENGTH_MAX) return undefined;
  const source = Buffer.from(text);
  const out = createAvroOutput(Buffer.alloc(source.length * ROOM_PER_BYTE + ROOM));
  try {
    if (codec.isSpecial?.(source, 0, source.length)) return undefined;
    codec.write(out, source, 0, source.length);
  } catch {
    return undefined; // a constant of another type, which PostgreSQL converts when a row is inserted
  }
  const bytes = Buffer.from(out.bytes.subarray(0, out.position));
  const json = jsonOf(codec.schema, bytes, text);
  return json === undefined ? undefined : { json, bytes };
};
