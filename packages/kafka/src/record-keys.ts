import type { RecordPack } from './records.ts';
import { type Cursor, readField, readVarint, skipToKey } from './wire/record-fields.ts';

/** A cursor for all calls: they are synchronous, and a record each is read with it. */
const cursor: { bytes: Buffer; at: number } = { bytes: Buffer.alloc(0), at: 0 };

const atKey = (pack: RecordPack, index: number): Cursor => {
  cursor.bytes = pack.bytes;
  cursor.at = pack.recordStarts[index]!;
  skipToKey(cursor);
  return cursor;
};

/** The key of record `index` of a pack as text, read as UTF-8; null where it has none. No record object is made. */
export const recordKeyText = (pack: RecordPack, index: number): string | null => {
  const at = atKey(pack, index);
  const length = readVarint(at);
  return length < 0 ? null : pack.bytes.toString('utf8', at.at, at.at + length);
};

/** The key of record `index` of a pack, as a view; null where it has none. */
export const recordKey = (pack: RecordPack, index: number): Buffer | null =>
  readField(atKey(pack, index));
