import type { AvroField, AvroNode } from '../avro-schema.ts';
import { quoteText } from './sql-text.ts';

/**
 * A field's Avro default as the column's DEFAULT: what rows from before the field show, and what ClickHouse
 * fills in for records of an earlier schema. Without it they would show the column type's zero instead.
 */
export type ColumnDefault =
  | { readonly kind: 'none' }
  | { readonly kind: 'expression'; readonly expression: string }
  /** The default is neither the type's own zero nor anything that can be written as an expression. */
  | { readonly kind: 'inexpressible' };

const none: ColumnDefault = { kind: 'none' };
const expression = (text: string): ColumnDefault => ({ kind: 'expression', expression: text });

const numberExpression = (value: number, logical: string | undefined): ColumnDefault => {
  if (value === 0) return none;
  switch (logical) {
    case 'timestamp-millis':
    case 'local-timestamp-millis':
      return expression(`fromUnixTimestamp64Milli(${value}, 'UTC')`);
    case 'timestamp-micros':
    case 'local-timestamp-micros':
      return expression(`fromUnixTimestamp64Micro(${value}, 'UTC')`);
    case 'date':
      return { kind: 'inexpressible' };
    default:
      return expression(numberText(value));
  }
};

/** As ClickHouse writes it back: `1e308`, where JavaScript says `1e+308`. */
const numberText = (value: number): string => String(value).replace('e+', 'e');

const isEmpty = (value: unknown): boolean =>
  Array.isArray(value) ? value.length === 0 : Object.keys(value as object).length === 0;

const defaultOf = (node: AvroNode, value: unknown): ColumnDefault => {
  switch (node.kind) {
    case 'null':
      return none;
    case 'union':
      return value === null ? none : defaultOf(node.branches[0] as AvroNode, value);
    case 'boolean':
      return value === true ? expression('true') : none;
    case 'int':
    case 'long':
    case 'float':
    case 'double':
      return numberExpression(value as number, node.logical?.name);
    case 'string':
      if (node.logical?.name === 'uuid') return expression(`toUUID(${quoteText(value as string)})`);
      return value === '' ? none : expression(quoteText(value as string));
    case 'enum':
      return expression(quoteText(value as string));
    case 'array':
    case 'map':
      return isEmpty(value) ? none : { kind: 'inexpressible' };
    default:
      return value === '' ? none : { kind: 'inexpressible' };
  }
};

/**
 * `none` also where the column type's own zero (0, '', null, empty) is the default. `columnType` is the
 * column's: one of integers takes a time as the number that Avro stores.
 */
export const columnDefault = (
  { type, default: given }: AvroField,
  columnType: string,
): ColumnDefault => {
  if (given === undefined) return none;
  if (typeof given.value === 'number' && /\bU?Int\d/.test(columnType)) {
    const isOwnZero = given.value === 0 && type.kind !== 'union';
    return isOwnZero ? none : expression(String(given.value));
  }
  const found = defaultOf(type, given.value);
  const isZeroOfNullable = found.kind === 'none' && type.kind === 'union' && given.value !== null;
  // The zero of a nullable column is null, so any other default has to be written out.
  return isZeroOfNullable ? zeroOf(given.value) : found;
};

const zeroOf = (value: unknown): ColumnDefault => {
  if (typeof value === 'string') return expression("''");
  if (typeof value === 'number') return expression('0');
  return typeof value === 'boolean' ? expression('false') : { kind: 'inexpressible' };
};
