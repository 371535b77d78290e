/**
 * Bytes of MySQL's text protocol as values that keep all of what was there: digits of DECIMAL and BIGINT, microseconds, bytes.
 * The driver's own parsers round or shift them. What fits the contract is for the encoder to say. FLOAT has the six digits
 * that the server prints.
 */
import mysql from 'mysql2';

const { Types } = mysql;

/** What the server tells of a column of an answer; the driver's FieldPacket has it. */
export interface ColumnMeta {
  readonly name: string;
  readonly columnType: number;
  /** Of the protocol: 63 is binary. */
  readonly characterSet: number;
  readonly columnLength: number;
  /** Bits: 32 unsigned, 256 ENUM, 2048 SET. */
  readonly flags: number;
  /** Digits of a second's fraction, of times. */
  readonly decimals: number;
  /** Of MariaDB: `json`. */
  readonly extendedFormat?: string;
}

/** A date with a zero for year, month or day, which no calendar has. */
export const zeroDate = Symbol('zero date');

/** Of a value that is not NULL. May return `zeroDate`. */
export type ReadValue = (bytes: Buffer) => unknown;

export const isBinary = ({ characterSet }: ColumnMeta): boolean => characterSet === 63;
export const isUnsigned = ({ flags }: ColumnMeta): boolean => (flags & 32) !== 0;

/** Compiled once an answer. */
export const readValueOf = (column: ColumnMeta): ReadValue => {
  if (column.extendedFormat === 'json') return json;
  switch (column.columnType) {
    case Types.TINY:
      return column.columnLength === 1 && !isUnsigned(column) ? truth : number;
    case Types.SHORT:
    case Types.INT24:
    case Types.LONG:
    case Types.YEAR:
    case Types.FLOAT:
    case Types.DOUBLE:
      return number;
    case Types.DATE:
    case Types.NEWDATE:
      return date;
    case Types.DATETIME:
      return dateTime('');
    case Types.TIMESTAMP:
      return dateTime('Z');
    case Types.BIT:
      return column.columnLength === 1 ? bit : bits;
    case Types.JSON:
      return json;
    case Types.LONGLONG:
    case Types.DECIMAL:
    case Types.NEWDECIMAL:
    case Types.TIME:
      return text;
    case Types.GEOMETRY:
      return bytes;
    default:
      return isBinary(column) ? bytes : text;
  }
};

const text: ReadValue = (given) => given.toString('utf8');
const number: ReadValue = (given) => Number(given.toString('latin1'));
/** The driver's buffer is a view of its packet. */
const bytes: ReadValue = (given) => Buffer.from(given);

/** TINYINT(1), which BOOLEAN is another name for; it may hold more than truth. */
const truth: ReadValue = (given) => {
  const value = Number(given.toString('latin1'));
  return value === 0 ? false : value === 1 ? true : value;
};

const bit: ReadValue = (given) => given[0] === 1;
const bits: ReadValue = (given) => {
  const value = BigInt(`0x${given.toString('hex')}`);
  return value <= Number.MAX_SAFE_INTEGER ? Number(value) : String(value);
};

const hasZero = /^0000|^\d{4}-00|^\d{4}-\d\d-00/;

const date: ReadValue = (given) => {
  const written = given.toString('latin1');
  return hasZero.test(written) ? zeroDate : written;
};

const dateTime = (offset: string): ReadValue => {
  return (given) => {
    const written = given.toString('latin1');
    return hasZero.test(written) ? zeroDate : `${written.replace(' ', 'T')}${offset}`;
  };
};

/** Whole numbers that JavaScript would round stay text. */
const json: ReadValue = (given) => {
  const written = given.toString('utf8');
  try {
    return JSON.parse(written, exactNumbers as (key: string, value: unknown) => unknown);
  } catch {
    return written;
  }
};

const exactNumbers = (
  _key: string,
  value: unknown,
  context?: { readonly source?: string },
): unknown =>
  typeof value === 'number' &&
  !Number.isSafeInteger(value) &&
  context?.source !== undefined &&
  /^-?\d+$/.test(context.source)
    ? context.source
    : value;
