/**
 * The fields of one record inside a batch, read in place: length, attributes, timestamp and offset deltas,
 * key, value, headers. Source: https://kafka.apache.org/documentation/#record
 */
export interface Cursor {
  readonly bytes: Buffer;
  at: number;
}

/** A zig-zag varint at the cursor. */
export const readVarint = (cursor: Cursor): number => {
  const { bytes } = cursor;
  let byte = bytes[cursor.at++]!;
  let value = byte & 0x7f;
  if (byte >= 0x80) {
    let scale = 0x80;
    do {
      byte = bytes[cursor.at++]!;
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
    } while (byte >= 0x80);
  }
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
};

/** A field with its length in front, as a view; null where the length is negative. */
export const readField = (cursor: Cursor): Buffer | null => {
  const length = readVarint(cursor);
  if (length < 0) return null;
  const start = cursor.at;
  cursor.at += length;
  return cursor.bytes.subarray(start, cursor.at);
};

/** From a record's length field to its key; answers with the position behind the record. */
export const skipToKey = (cursor: Cursor): number => {
  const length = readVarint(cursor);
  const end = cursor.at + length;
  cursor.at += 1; // record attributes, unused by the protocol
  readVarint(cursor);
  readVarint(cursor);
  return end;
};

const noBytes = Buffer.alloc(0);

/** Header name → value; a header without a value is empty. */
export const readHeaders = (cursor: Cursor): Readonly<Record<string, Buffer>> => {
  const headers: Record<string, Buffer> = Object.create(null);
  for (let left = readVarint(cursor); left > 0; left -= 1) {
    const name = readField(cursor) ?? noBytes;
    headers[name.toString('utf8')] = readField(cursor) ?? noBytes;
  }
  return headers;
};
