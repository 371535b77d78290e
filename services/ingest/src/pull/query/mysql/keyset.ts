/**
 * Cursor and key as literals of SQL, and the condition that reads on behind them. Comparison and order must be the same
 * relation and exact, so each type has a literal of its own: text against a number would be compared as doubles. Types
 * whose order differs from their comparison (ENUM), or that have no exact literal (FLOAT), are refused.
 */
import { MillraceError } from '@millrace/contracts';
import mysql from 'mysql2';
import { type ColumnMeta, isBinary } from './column-values.ts';

const { Types } = mysql;

export interface KeysetColumn {
  /** Quoted. */
  readonly name: string;
  /** The server's clock gives it: ties are told by the clock's step. */
  readonly isMoment: boolean;
  /** Digits of a second's fraction, of a moment. */
  readonly digits: number;
  /** The value as it is kept. */
  text(bytes: Buffer): string;
  /** What is kept as SQL. Throws `ingest.positions-invalid` for what it never was. */
  literal(text: string): string;
}

const numbers = new Set([
  ...[Types.TINY, Types.SHORT, Types.INT24, Types.LONG, Types.LONGLONG],
  ...[Types.DECIMAL, Types.NEWDECIMAL],
]);
const texts = new Set([
  ...[Types.VARCHAR, Types.VAR_STRING, Types.STRING],
  ...[Types.TINY_BLOB, Types.MEDIUM_BLOB, Types.LONG_BLOB, Types.BLOB],
]);
const enumOrSet = 256 | 2048;

export const quoted = (name: string): string => `\`${name.replaceAll('`', '``')}\``;

/** Throws `ingest.place-refused` for a type that rows cannot be told apart by. */
export const keysetColumn = (meta: ColumnMeta): KeysetColumn => {
  const { columnType, flags, decimals } = meta;
  const plain = { name: quoted(meta.name), isMoment: false, digits: 0, text: asText };
  if (numbers.has(columnType))
    return { ...plain, literal: checked(/^-?\d+(?:\.\d+)?$/, (text) => text) };
  if (columnType === Types.TIMESTAMP || columnType === Types.DATETIME)
    return {
      ...plain,
      isMoment: true,
      // what an expression gives is told as 31 or 39: the clock's largest step is safe
      digits: decimals <= 6 ? decimals : 0,
      literal: checked(/^[\d:. -]+$/, (text) => `'${text}'`),
    };
  if (texts.has(columnType) && (flags & enumOrSet) === 0) {
    if (isBinary(meta))
      return {
        ...plain,
        text: (bytes) => bytes.toString('hex'),
        literal: checked(/^[\da-f]*$/, (text) => `x'${text}'`),
      };
    return {
      ...plain,
      literal: (text) => `_utf8mb4 x'${Buffer.from(text, 'utf8').toString('hex')}'`,
    };
  }
  throw new MillraceError(
    'ingest.place-refused',
    `MySQL: ${meta.name} is of a type that rows cannot be read by in order; whole numbers, DECIMAL, DATETIME, TIMESTAMP, texts and bytes can`,
  );
};

const asText = (bytes: Buffer): string => bytes.toString('utf8');

const checked = (form: RegExp, literal: (text: string) => string) => {
  return (text: string): string => {
    if (form.test(text)) return literal(text);
    throw new MillraceError(
      'ingest.positions-invalid',
      'the position is not of the type that the cursor has now',
    );
  };
};

/** Rows behind a position. Written out, since MySQL finds no range of an index for `(a, b) > (x, y)`. */
export const behindCondition = (
  [cursor, key]: readonly KeysetColumn[],
  position: { readonly cursor: string; readonly key: string | null },
): string => {
  const at = cursor!.literal(position.cursor);
  if (key === undefined) return `${cursor!.name} > ${at}`;
  const keyAt = key.literal(position.key ?? '');
  return `${cursor!.name} >= ${at} AND (${cursor!.name} > ${at} OR ${key.name} > ${keyAt})`;
};
