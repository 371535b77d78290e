/** Which format a file has, and its rows by it. Compression and encoding are told by the bytes, the format by the name. */
import { isUtf8 } from 'node:buffer';
import { MillraceError } from '@millrace/contracts';
import { type PlacedObject, readRange } from '../places/place.ts';
import type { PartPosition, RowBatch } from '../pull-source.ts';
import { createCsvCutter } from './csv-cutter.ts';
import { type CsvSettings, findDialect } from './csv-dialect.ts';
import { createJsonCutter } from './json-cutter.ts';
import { createNdjsonCutter } from './ndjson-cutter.ts';
import { readHead, type TextCoding } from './open-text.ts';
import { parquetBatches } from './parquet.ts';
import { textBatches, textStart } from './text-batches.ts';

export const formats = ['csv', 'ndjson', 'json', 'parquet'] as const;
export type Format = (typeof formats)[number];

export interface FormatSettings {
  /** By the name's ending when absent. */
  readonly format?: Format;
  readonly csv?: CsvSettings;
  /** Label of the WHATWG Encoding Standard; found out when absent. */
  readonly encoding?: string;
  /** Names that a header of CSV may have. */
  readonly names: ReadonlySet<string>;
}

const endings: Readonly<Record<string, Format>> = {
  csv: 'csv',
  tsv: 'csv',
  tab: 'csv',
  txt: 'csv',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  json: 'json',
  parquet: 'parquet',
};

/** Throws `ingest.part-unreadable` for an ending that says nothing. */
export const formatOfName = (name: string, declared: Format | undefined): Format => {
  if (declared !== undefined) return declared;
  const ending = /\.(\w+)(?:\.(?:gz|gzip|zst|zstd))?$/.exec(name.toLowerCase())?.[1] ?? '';
  const format = endings[ending];
  if (format !== undefined) return format;
  const known = Object.keys(endings).join(', ');
  throw new MillraceError(
    'ingest.part-unreadable',
    `${name}: its ending is none of ${known}; name the format of the source`,
  );
};

const headBytes = 64 * 1024;
/** Rows of a batch; a batch is the smallest step that a position takes. */
const batchRows = 2000;

/** The rows of an object behind a position. */
export async function* readRows(
  object: PlacedObject,
  settings: FormatSettings,
  from: PartPosition | undefined,
  signal: AbortSignal,
): AsyncGenerator<RowBatch, void, void> {
  const format = formatOfName(object.title, settings.format);
  if (object.bytes === 0) return;
  if (format === 'parquet') {
    yield* parquetBatches({ object, from, signal });
    return;
  }
  const coding = await codingOf(object, settings.encoding, signal);
  const head = await readHead(object, coding, headBytes, signal);
  const reading = { object, coding, from, signal, batchRows };
  const start = textStart(head);
  const naming = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      throw new MillraceError(error.code, `${object.title}: ${error.message}`, { cause: error });
    }
  };
  if (format === 'csv') {
    if (head.length === start.byte) return;
    const isWhole = head.length < headBytes;
    const found = naming(() =>
      findDialect(head, isWhole, start, settings.csv ?? {}, settings.names),
    );
    yield* textBatches(reading, found.first, createCsvCutter(found, found.columns));
  } else if (format === 'ndjson') yield* textBatches(reading, start, createNdjsonCutter());
  else yield* textBatches(reading, start, createJsonCutter(head));
}

/** Compression by its magic number, encoding by byte order mark, zeros or what is no UTF-8. */
const codingOf = async (
  object: PlacedObject,
  encoding: string | undefined,
  signal: AbortSignal,
): Promise<TextCoding> => {
  const magic = await readRange(object, { from: 0, to: 4 }, signal);
  const compression =
    magic[0] === 0x1f && magic[1] === 0x8b
      ? 'gzip'
      : magic.length === 4 && magic.readUInt32LE() === 0xfd2fb528
        ? 'zstd'
        : 'none';
  if (encoding !== undefined)
    return {
      compression,
      encoding: encoding.toLowerCase() === 'utf8' ? 'utf-8' : encoding.toLowerCase(),
    };
  // read as bytes: no encoding is transcoded when it is called UTF-8
  const head = await readHead(object, { compression, encoding: 'utf-8' }, headBytes, signal);
  return { compression, encoding: encodingOf(head) };
};

/** @param head the first bytes of a text */
export const encodingOf = (head: Buffer): string => {
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  let [even, odd] = [0, 0];
  for (let at = 0; at + 1 < head.length; at += 2) {
    if (head[at] === 0) even += 1;
    if (head[at + 1] === 0) odd += 1;
  }
  const pairs = head.length / 2;
  if (pairs > 1 && odd > pairs / 4 && even < pairs / 20) return 'utf-16le';
  if (pairs > 1 && even > pairs / 4 && odd < pairs / 20) return 'utf-16be';
  // a character may be cut at the end of the sample
  for (let cut = 0; cut < 4; cut += 1)
    if (isUtf8(head.subarray(0, head.length - cut))) return 'utf-8';
  return 'windows-1252';
};
