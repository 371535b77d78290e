/**
 * Cuts CSV records (RFC 4180, with any delimiter, quote and escapes) off a text, with the exact byte behind each:
 * the packages for CSV that were tried give none behind a record that cannot be read, and take three times as
 * long. A fault costs its record alone: what follows is read on. Dialects are found in csv-dialect.ts.
 */
import type { RowFault } from '../pull-source.ts';
import {
  type CutRows,
  decodeText,
  faultText,
  type RecordCutter,
  recordBytesMax,
} from './text-batches.ts';

export interface CsvDialect {
  readonly delimiter: string;
  /** Empty: no field is quoted. */
  readonly quote: string;
  /** In a quoted field, makes the next character one of the field; the quote itself by default. */
  readonly escapes: string;
}

/** A record: its fields, or why it is none; `end` is behind its line break. */
export type CsvRecord =
  | { readonly end: number; readonly breaks: number; readonly fields: readonly string[] }
  | { readonly end: number; readonly breaks: number; readonly fault: RowFault };

/** More text is needed to tell where the record ends. */
export type Incomplete = undefined;

/** @param text with one character a byte */
export const cutRecord = (
  text: string,
  at: number,
  isLast: boolean,
  dialect: CsvDialect,
): CsvRecord | Incomplete => {
  const lineEnd = text.indexOf('\n', at);
  const end = lineEnd === -1 ? text.length : lineEnd;
  const isWhole = lineEnd !== -1 || isLast;
  const line = text.slice(at, end);
  if (dialect.quote === '' || !line.includes(dialect.quote)) {
    if (line.length > recordBytesMax) return tooLong(text, at, lineEnd, isLast);
    if (!isWhole) return undefined;
    const content = line.charCodeAt(line.length - 1) === CR ? line.slice(0, -1) : line;
    return {
      end: isWhole && lineEnd !== -1 ? end + 1 : end,
      breaks: 1,
      fields: content.split(dialect.delimiter),
    };
  }
  return cutQuoted(text, at, isLast, dialect, lineEnd);
};

const CR = 13;
const LF = 10;

const cutQuoted = (
  text: string,
  at: number,
  isLast: boolean,
  { delimiter, quote, escapes }: CsvDialect,
  lineEnd: number,
): CsvRecord | Incomplete => {
  const fields: string[] = [];
  let position = at;
  for (;;) {
    if (text[position] === quote) {
      const closed = cutQuotedField(text, position + 1, quote, escapes, isLast);
      if (closed === undefined) {
        if (!isLast && text.length - at <= recordBytesMax) return undefined;
        return fault(text, at, lineEnd, fields.length + 1, 'a quote is opened and never closed');
      }
      fields.push(closed.value);
      position = closed.end;
      if (text[position] === delimiter) {
        position += 1;
        continue;
      }
    } else {
      const end = fieldEnd(text, position, delimiter);
      if (end === -1 && !isLast)
        return text.length - at <= recordBytesMax ? undefined : tooLong(text, at, lineEnd, isLast);
      const stop = end === -1 ? text.length : end;
      if (text[stop] === delimiter) {
        fields.push(text.slice(position, stop));
        position = stop + 1;
        continue;
      }
      fields.push(
        text.slice(position, text.charCodeAt(stop - 1) === CR && stop > position ? stop - 1 : stop),
      );
      position = stop;
    }
    const done = recordEnd(text, position, isLast);
    if (done === 'more') return undefined;
    if (done === undefined) {
      const next = text.indexOf('\n', position);
      if (next === -1 && !isLast) return undefined;
      return fault(text, at, next, fields.length, 'text stands behind a closing quote');
    }
    if (done - at > recordBytesMax) return tooLong(text, at, lineEnd, isLast);
    return { end: done, breaks: countBreaks(text, at, done), fields };
  }
};

/** Behind the quote that closes the field; undefined when it is not there. */
const cutQuotedField = (
  text: string,
  from: number,
  quote: string,
  escapes: string,
  isLast: boolean,
): { readonly value: string; readonly end: number } | undefined => {
  let value = '';
  let position = from;
  for (;;) {
    const found = text.indexOf(quote, position);
    if (found === -1) return undefined;
    if (escapes !== quote) {
      const escaped = text.indexOf(escapes, position);
      if (escaped !== -1 && escaped < found) {
        if (escaped + 1 >= text.length) return undefined;
        value += text.slice(position, escaped) + text[escaped + 1];
        position = escaped + 2;
        continue;
      }
    } else if (text[found + 1] === quote) {
      value += text.slice(position, found + 1);
      position = found + 2;
      continue;
    } else if (found + 1 === text.length && !isLast) return undefined;
    return { value: value + text.slice(position, found), end: found + 1 };
  }
};

/** Position of the delimiter or line break that ends an unquoted field; -1 when neither is there. */
const fieldEnd = (text: string, from: number, delimiter: string): number => {
  const next = text.indexOf(delimiter, from);
  const lineEnd = text.indexOf('\n', from);
  if (next === -1) return lineEnd;
  return lineEnd === -1 || next < lineEnd ? next : lineEnd;
};

/** Behind the line break at a position; `more` when that cannot be told yet, undefined when there is none. */
const recordEnd = (text: string, at: number, isLast: boolean): number | 'more' | undefined => {
  if (at >= text.length) return isLast ? at : 'more';
  if (text.charCodeAt(at) === LF) return at + 1;
  if (text.charCodeAt(at) !== CR) return undefined;
  if (at + 1 >= text.length) return isLast ? at + 1 : 'more';
  return text.charCodeAt(at + 1) === LF ? at + 2 : undefined;
};

const countBreaks = (text: string, from: number, to: number): number => {
  let breaks = 0;
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1))
    breaks += 1;
  return Math.max(breaks, 1);
};

/** The record is given up up to a line break: its first one where nobody knows where it ends. */
const fault = (
  text: string,
  at: number,
  lineEnd: number,
  column: number,
  message: string,
): CsvRecord => {
  const end = lineEnd === -1 ? text.length : lineEnd + 1;
  return {
    end,
    breaks: countBreaks(text, at, end),
    fault: {
      code: 'ingest.row-unreadable',
      message: `${message}, in column ${column}`,
      column,
      text: faultText(text.slice(at, end)),
    },
  };
};

const tooLong = (
  text: string,
  at: number,
  lineEnd: number,
  isLast: boolean,
): CsvRecord | Incomplete =>
  lineEnd === -1 && !isLast
    ? undefined
    : fault(text, at, lineEnd, 1, `the record is longer than ${recordBytesMax} bytes`);

/** Rows as objects by column name. */
export const createCsvCutter = (dialect: CsvDialect, columns: readonly string[]): RecordCutter => ({
  cut: (text, isLast, limit, into) => {
    let at = 0;
    while (at < text.length && into.values.length < limit) {
      const record = cutRecord(text, at, isLast, dialect);
      if (record === undefined) break;
      if (!isBlank(text, at, record.end))
        addRecord(record, columns, into, text.slice(at, record.end));
      into.line += record.breaks;
      at = record.end;
    }
    return at;
  },
});

const isBlank = (text: string, at: number, end: number): boolean => {
  if (end - at > 2) return false;
  for (let position = at; position < end; position += 1) {
    const code = text.charCodeAt(position);
    if (code !== CR && code !== LF) return false;
  }
  return true;
};

const addRecord = (
  record: CsvRecord,
  columns: readonly string[],
  into: CutRows,
  text: string,
): void => {
  const index = into.values.length;
  into.lines.push(into.line);
  const row = 'fields' in record ? rowOf(record.fields, columns, into.isAscii) : record.fault;
  if ('row' in row) {
    into.values.push(row.row);
    return;
  }
  into.values.push(undefined);
  into.faults.set(index, { ...row, text: faultText(text) });
};

const rowOf = (
  fields: readonly string[],
  columns: readonly string[],
  isAscii: boolean,
): { readonly row: Record<string, string> } | RowFault => {
  if (fields.length !== columns.length) {
    const [has, wanted] = [fields.length, columns.length];
    return {
      code: 'ingest.row-unreadable',
      message: `${has} ${has === 1 ? 'column' : 'columns'} where the header has ${wanted}`,
    };
  }
  const row: Record<string, string> = {};
  for (let index = 0; index < columns.length; index += 1) {
    const field = fields[index]!;
    const decoded = isAscii ? field : decodeText(field);
    if (decoded === undefined)
      return {
        code: 'ingest.text-invalid',
        message: 'The field is not valid UTF-8.',
        column: index + 1,
      };
    row[columns[index]!] = decoded;
  }
  return { row };
};
