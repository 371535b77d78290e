/** Finds out how a CSV file is written, from its first bytes. What the source declares is taken as it is. */
import { MillraceError } from '@millrace/contracts';
import { type CsvDialect, type CsvRecord, cutRecord } from './csv-cutter.ts';
import { decodeText, type TextPosition } from './text-batches.ts';

/** What a source may say of its CSV files; the rest is found out. */
export interface CsvSettings {
  readonly delimiter?: string;
  /** Empty: no field is quoted. */
  readonly quote?: string;
  readonly escape?: string;
  /** True: the first record has the names. A list: the names, and no record has them. */
  readonly header?: boolean | readonly string[];
}

export interface FoundDialect extends CsvDialect {
  readonly columns: readonly string[];
  /** The first record behind the header. */
  readonly first: TextPosition;
}

const delimiters = [',', ';', '\t', '|'] as const;
const sampleRecords = 100;

/**
 * @param head the first bytes of the plain text
 * @param isWhole the text ends with them
 * @param names columns that are asked for: one of them in the first record makes it a header
 */
export const findDialect = (
  head: Buffer,
  isWhole: boolean,
  start: TextPosition,
  settings: CsvSettings,
  names: ReadonlySet<string>,
): FoundDialect => {
  const text = head.toString('latin1', start.byte);
  const quote = settings.quote ?? likelyQuote(text);
  const escapes = settings.escape ?? quote;
  const dialectOf = (delimiter: string): CsvDialect => ({ delimiter, quote, escapes });
  const dialect = dialectOf(
    settings.delimiter ?? bestDelimiter(text, isWhole, (delimiter) => dialectOf(delimiter)),
  );
  const records = sample(text, isWhole, dialect, 20);
  const [header] = records;
  if (header === undefined || !('fields' in header))
    throw new MillraceError('ingest.part-unreadable', 'the first record is no header and no row');
  const fields = header.fields.map((field) => (decodeText(field) ?? field).trim());
  const isHeader = settings.header ?? looksLikeHeader(fields, records.slice(1), names);
  if (isHeader !== true) {
    const columns = isHeader === false ? fields.map((_, index) => `c${index + 1}`) : isHeader;
    return { ...dialect, columns, first: start };
  }
  checkNames(fields);
  const first = { byte: start.byte + header.end, line: start.line + header.breaks };
  return { ...dialect, columns: fields, first };
};

const sample = (
  text: string,
  isWhole: boolean,
  dialect: CsvDialect,
  recordsMax: number,
): readonly CsvRecord[] => {
  const records: CsvRecord[] = [];
  for (let at = 0; at < text.length && records.length < recordsMax; ) {
    const record = cutRecord(text, at, isWhole, dialect);
    if (record === undefined) break;
    records.push(record);
    at = record.end;
  }
  return records;
};

/** The delimiter that cuts most records into the same number of columns, of which there is more than one. */
const bestDelimiter = (
  text: string,
  isWhole: boolean,
  dialectOf: (delimiter: string) => CsvDialect,
): string => {
  let best: { delimiter: string; score: number } = { delimiter: ',', score: 0 };
  for (const delimiter of delimiters) {
    const counts = new Map<number, number>();
    const records = sample(text, isWhole, dialectOf(delimiter), sampleRecords);
    for (const record of records)
      if ('fields' in record)
        counts.set(record.fields.length, (counts.get(record.fields.length) ?? 0) + 1);
    for (const [columns, count] of counts) {
      // agreement first; of two that agree alike, the one with more columns
      const score = columns < 2 ? 0 : count / records.length + columns / 1000;
      if (score > best.score) best = { delimiter, score };
    }
  }
  return best.delimiter;
};

/** A single quote only where fields begin with it and none with a double one. */
const likelyQuote = (text: string): string => {
  const opens = (quote: string) => new RegExp(`(?:^|[,;\\t|\\n])${quote}`).test(text);
  return !opens('"') && opens("'") ? "'" : '"';
};

const numeric = /^\s*[+-]?[\d.,]+\s*$/;

/** Names that are asked for make a header; else names that are no numbers above rows with some. */
const looksLikeHeader = (
  fields: readonly string[],
  below: readonly CsvRecord[],
  names: ReadonlySet<string>,
): boolean => {
  if (fields.some((field) => names.has(field))) return true;
  const isNameLike = fields.every((field) => field !== '' && !numeric.test(field));
  if (!isNameLike || new Set(fields).size < fields.length) return false;
  if (below.length === 0) return true;
  return below.some((record) => 'fields' in record && record.fields.some((f) => numeric.test(f)));
};

const checkNames = (fields: readonly string[]): void => {
  const empty = fields.indexOf('');
  if (empty !== -1)
    throw new MillraceError(
      'ingest.part-unreadable',
      `column ${empty + 1} of the header has no name`,
    );
  const double = fields.find((field, index) => fields.indexOf(field) < index);
  if (double !== undefined)
    throw new MillraceError('ingest.part-unreadable', `the header has "${double}" twice`);
};
