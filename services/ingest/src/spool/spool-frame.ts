/**
 * A frame: the records of one request for one partition, as bytes on the disk. It says nothing of files
 * (frame-log.ts) nor of what is done about damage (scan-frames.ts).
 *
 *   marker 4 · payload bytes 4 · sequence 8 · CRC-32C of the payload 4 · CRC-32C of these 20 bytes 4 · payload
 *
 * Both checksums begin with the salt of the segment, which stands in its file's name alone: nobody can send an
 * event whose bytes pass for a frame.
 */
import type { OutgoingRecord, RecordHeaders } from '@millrace/kafka';
import { crc32c } from '@node-rs/crc32';

export interface SpoolFrame {
  /** Counts up over the whole spool of a stream; gaps are harmless. */
  readonly sequence: number;
  /** When it was taken, ms since 1970 UTC. */
  readonly takenMs: number;
  readonly partition: number;
  /**
   * The records may be on the topic already: compare their ids before they are written. The offset says from where
   * on they could stand in their partition; -1: somewhere at the end of the topic.
   */
  readonly compareFrom?: number;
  readonly records: readonly OutgoingRecord[];
}

export const FRAME_HEADER_BYTES = 24;
export const FRAME_MARKER = Buffer.from('MLRF', 'latin1');

const AT = { length: 4, sequence: 8, payloadCrc: 16, headerCrc: 20 } as const;
const PAYLOAD_HEADER_BYTES = 8 + 1 + 8 + 4 + 4;
const NO_KEY = 0xffff_ffff;

const bytesOf = (value: Buffer | string): number =>
  typeof value === 'string' ? Buffer.byteLength(value) : value.length;

/** All of a record's headers: its own and those that it shares. */
const headersOf = ({ headers, sharedHeaders }: OutgoingRecord): RecordHeaders =>
  sharedHeaders === undefined ? (headers ?? {}) : { ...sharedHeaders.headers, ...headers };

const headersBytes = (headers: RecordHeaders | undefined): number => {
  let bytes = 0;
  for (const name in headers) bytes += 2 + Buffer.byteLength(name) + 4 + bytesOf(headers[name]!);
  return bytes;
};

const recordBytes = ({ key, value, headers, sharedHeaders }: OutgoingRecord): number => {
  const fields = 8 + 4 + (key?.length ?? 0) + 4 + (value?.length ?? 0) + 2;
  return fields + headersBytes(headers) + headersBytes(sharedHeaders?.headers);
};

/** What a frame of these records takes on the disk, bytes. */
export const frameBytes = (records: readonly OutgoingRecord[]): number => {
  let bytes = FRAME_HEADER_BYTES + PAYLOAD_HEADER_BYTES;
  for (const record of records) bytes += recordBytes(record);
  return bytes;
};

/** The frame's bytes, checksums included. A record without a timestamp gets that of its frame. */
export const encodeFrame = (frame: SpoolFrame, salt: number): Buffer => {
  const bytes = Buffer.allocUnsafe(frameBytes(frame.records));
  const length = bytes.length - FRAME_HEADER_BYTES;
  let at = bytes.writeDoubleBE(frame.takenMs, FRAME_HEADER_BYTES);
  at = bytes.writeUInt8(frame.compareFrom === undefined ? 0 : 1, at);
  at = bytes.writeDoubleBE(frame.compareFrom ?? 0, at);
  at = bytes.writeUInt32BE(frame.partition, at);
  at = bytes.writeUInt32BE(frame.records.length, at);
  for (const record of frame.records) at = writeRecord(bytes, at, record, frame.takenMs);
  FRAME_MARKER.copy(bytes, 0);
  bytes.writeUInt32BE(length, AT.length);
  bytes.writeBigUInt64BE(BigInt(frame.sequence), AT.sequence);
  bytes.writeUInt32BE(crc32c(bytes.subarray(FRAME_HEADER_BYTES), salt), AT.payloadCrc);
  bytes.writeUInt32BE(crc32c(bytes.subarray(0, AT.headerCrc), salt), AT.headerCrc);
  return bytes;
};

const writeRecord = (
  bytes: Buffer,
  start: number,
  record: OutgoingRecord,
  takenMs: number,
): number => {
  let at = bytes.writeDoubleBE(record.timestampMs ?? takenMs, start);
  for (const field of [record.key, record.value]) {
    at = bytes.writeUInt32BE(field?.length ?? NO_KEY, at);
    if (field !== null) at += field.copy(bytes, at);
  }
  const headers = headersOf(record);
  const names = Object.keys(headers);
  at = bytes.writeUInt16BE(names.length, at);
  for (const name of names) {
    const value = headers[name]!;
    at = bytes.writeUInt16BE(Buffer.byteLength(name), at);
    at += bytes.write(name, at);
    at = bytes.writeUInt32BE(bytesOf(value), at);
    at += typeof value === 'string' ? bytes.write(value, at) : value.copy(bytes, at);
  }
  return at;
};

/** What a frame's header says, when it can be believed. */
export interface FrameHeader {
  readonly sequence: number;
  /** Position behind the frame. */
  readonly end: number;
}

/** Undefined: no header at this position, or a damaged one. The payload is not looked at. */
export const readFrameHeader = (
  bytes: Buffer,
  start: number,
  salt: number,
): FrameHeader | undefined => {
  if (start + FRAME_HEADER_BYTES > bytes.length) return undefined;
  const header = bytes.subarray(start, start + AT.headerCrc);
  if (header.compare(FRAME_MARKER, 0, 4, 0, 4) !== 0) return undefined;
  if (crc32c(header, salt) !== bytes.readUInt32BE(start + AT.headerCrc)) return undefined;
  return {
    sequence: Number(bytes.readBigUInt64BE(start + AT.sequence)),
    end: start + FRAME_HEADER_BYTES + bytes.readUInt32BE(start + AT.length),
  };
};

/** True when the payload behind a good header is whole. */
export const isPayloadWhole = (bytes: Buffer, start: number, end: number, salt: number): boolean =>
  crc32c(bytes.subarray(start + FRAME_HEADER_BYTES, end), salt) ===
  bytes.readUInt32BE(start + AT.payloadCrc);

/** A whole frame. Its buffers are views of `bytes`. */
export const decodeFrame = (bytes: Buffer, start: number): SpoolFrame => {
  const sequence = Number(bytes.readBigUInt64BE(start + AT.sequence));
  let at = start + FRAME_HEADER_BYTES;
  const takenMs = bytes.readDoubleBE(at);
  const compares = bytes.readUInt8(at + 8) === 1;
  const compareFrom = bytes.readDoubleBE(at + 9);
  const partition = bytes.readUInt32BE(at + 17);
  const count = bytes.readUInt32BE(at + 21);
  at += PAYLOAD_HEADER_BYTES;
  const records: OutgoingRecord[] = [];
  /** Records of a request have the same headers in the same order, almost always. */
  const names: string[] = [];
  const field = (): Buffer | null => {
    const length = bytes.readUInt32BE(at);
    at += 4;
    if (length === NO_KEY) return null;
    at += length;
    return bytes.subarray(at - length, at);
  };
  for (let index = 0; index < count; index += 1) {
    const timestampMs = bytes.readDoubleBE(at);
    at += 8;
    const key = field();
    const value = field();
    const headers: Record<string, Buffer> = {};
    const headerCount = bytes.readUInt16BE(at);
    at += 2;
    for (let header = 0; header < headerCount; header += 1) {
      const nameEnd = at + 2 + bytes.readUInt16BE(at);
      let name = names[header];
      if (name === undefined || !isText(bytes, at + 2, nameEnd, name)) {
        name = bytes.toString('utf8', at + 2, nameEnd);
        names[header] = name;
      }
      at = nameEnd;
      headers[name] = field() ?? noBytes;
    }
    records.push({ key, value, headers, timestampMs });
  }
  return { sequence, takenMs, partition, records, ...(compares ? { compareFrom } : {}) };
};

const noBytes = Buffer.alloc(0);

/** Whether these bytes are this text; of a text that is not ASCII it may not know. */
const isText = (bytes: Buffer, start: number, end: number, text: string): boolean => {
  if (end - start !== text.length) return false;
  for (let index = 0; index < text.length; index += 1) {
    const byte = bytes[start + index]!;
    if (byte >= 0x80 || byte !== text.charCodeAt(index)) return false;
  }
  return true;
};
