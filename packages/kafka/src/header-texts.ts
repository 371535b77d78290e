/** A few headers of many records, as text: what a reader takes who knows records by them and needs nothing else of them. */
import type { RecordRows } from './records.ts';
import { corrupt } from './wire/record-batch-decoder.ts';
import { type Cursor, readVarint } from './wire/record-fields.ts';

/** In the order of the names asked for; undefined where a record lacks the header. Overwritten by the next record. */
export type HeaderTexts = readonly (string | undefined)[];

/**
 * Calls `take` for each row, in order. Of a name that a record has twice the last counts, as in `ConsumedRecord.headers`.
 * Throws `kafka.corrupt-batch` when headers do not end where their record does.
 */
export const eachHeaderTexts = (
  rows: RecordRows,
  names: readonly string[],
  take: (texts: HeaderTexts) => void,
): void => {
  const wanted = names.map((name) => Buffer.from(name));
  const texts: (string | undefined)[] = new Array(names.length);
  for (const { pack, from, to } of rows.spans)
    for (let index = from; index < to; index += 1) {
      const cursor = { bytes: pack.bytes, at: pack.valueEnds[index]! };
      texts.fill(undefined);
      readTexts(cursor, wanted, texts);
      const record = { bytes: pack.bytes, at: pack.recordStarts[index]! };
      const length = readVarint(record);
      if (cursor.at !== record.at + length)
        throw corrupt(
          `the headers of the record at offset ${pack.offsets[index]} have a wrong length`,
        );
      take(texts);
    }
};

const readTexts = (
  cursor: Cursor,
  wanted: readonly Buffer[],
  texts: (string | undefined)[],
): void => {
  for (let left = readVarint(cursor); left > 0; left -= 1) {
    const nameBytes = Math.max(0, readVarint(cursor));
    const nameAt = cursor.at;
    cursor.at += nameBytes;
    const valueBytes = Math.max(0, readVarint(cursor));
    const valueAt = cursor.at;
    cursor.at += valueBytes;
    const which = wanted.findIndex((name) => isAt(cursor.bytes, nameAt, nameBytes, name));
    if (which >= 0) texts[which] = cursor.bytes.toString('utf8', valueAt, cursor.at);
  }
};

/** From behind: names of headers differ there. */
const isAt = (bytes: Buffer, at: number, length: number, name: Buffer): boolean => {
  if (length !== name.length) return false;
  for (let index = length - 1; index >= 0; index -= 1)
    if (bytes[at + index] !== name[index]) return false;
  return true;
};
