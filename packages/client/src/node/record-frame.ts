/**
 * Records of a segment file as bytes: a mark, the lengths of head and body, a checksum, the head as JSON, the body. A file
 * that was cut off or damaged gives every whole record around the damage.
 */
import { crc32 } from 'node:zlib';

/** Bytes that begin a record; a search for the next whole one starts with them. */
const mark = Buffer.from('MRB1');
const prefixBytes = mark.length + 12;

export interface Frame<Head> {
  readonly head: Head;
  /** Where the body is in the file. */
  readonly bodyAt: number;
  readonly bodyBytes: number;
}

export interface Frames<Head> {
  readonly frames: readonly Frame<Head>[];
  /** Bytes that belong to no whole record; a torn end is the usual case. */
  readonly damagedBytes: number;
}

/** A record as it is written. */
export const frame = (head: object, body: string): Buffer => {
  const headBytes = Buffer.from(JSON.stringify(head));
  const bodyBytes = Buffer.from(body);
  const prefix = Buffer.alloc(prefixBytes);
  mark.copy(prefix);
  prefix.writeUInt32LE(headBytes.length, 4);
  prefix.writeUInt32LE(bodyBytes.length, 8);
  prefix.writeUInt32LE(checksum(prefix, headBytes, bodyBytes), 12);
  return Buffer.concat([prefix, headBytes, bodyBytes]);
};

/** How far into a record of this head its body begins, bytes. */
export const bodyOffset = (head: object): number =>
  prefixBytes + Buffer.byteLength(JSON.stringify(head));

/** Every whole record of a file, in order. */
export const readFrames = <Head>(bytes: Buffer): Frames<Head> => {
  const frames: Frame<Head>[] = [];
  let damagedBytes = 0;
  for (let at = 0; at < bytes.length; ) {
    const end = frameEnd(bytes, at);
    if (end === undefined) {
      const next = bytes.indexOf(mark, at + 1);
      damagedBytes += (next === -1 ? bytes.length : next) - at;
      if (next === -1) break;
      at = next;
      continue;
    }
    const bodyAt = at + prefixBytes + bytes.readUInt32LE(at + 4);
    const head = JSON.parse(bytes.toString('utf8', at + prefixBytes, bodyAt)) as Head;
    frames.push({ head, bodyAt, bodyBytes: end - bodyAt });
    at = end;
  }
  return { frames, damagedBytes };
};

/** Where the record that begins here ends; undefined when none does. */
const frameEnd = (bytes: Buffer, at: number): number | undefined => {
  if (at + prefixBytes > bytes.length || bytes.compare(mark, 0, 4, at, at + 4) !== 0)
    return undefined;
  const headEnd = at + prefixBytes + bytes.readUInt32LE(at + 4);
  const end = headEnd + bytes.readUInt32LE(at + 8);
  if (end > bytes.length) return undefined;
  const head = bytes.subarray(at + prefixBytes, headEnd);
  const sum = checksum(bytes.subarray(at, at + prefixBytes), head, bytes.subarray(headEnd, end));
  return sum === bytes.readUInt32LE(at + 12) ? end : undefined;
};

/** Over the lengths, too: a damaged one must not make a record of what is none. */
const checksum = (prefix: Buffer, head: Buffer, body: Buffer): number =>
  crc32(body, crc32(head, crc32(prefix.subarray(4, 12))));
