import type { WatermarkMarker } from '@millrace/streams';

/**
 * Records of a transform's own topics, in which records change partition. Value: a byte that says what it is,
 * the distance from the record's watermark to its time, the payload. A marker says how far event time has come
 * in one task of the stage that writes.
 *
 * The watermark is that of the partition which a record first came from, just before it was read there: whether
 * a record is late does not depend on how the writers' records interleave here.
 */
export const PAYLOAD = { none: 1, framed: 2, codec: 3, packed: 4 } as const;
export type Payload = (typeof PAYLOAD)[keyof typeof PAYLOAD];

const KIND = 0x07;
const MARKER = 0;
/** Nothing was known of event time yet. */
const NO_WATERMARK = 0x08;
/** The time stands in the value, since the record's timestamp cannot be before 1970. */
const OWN_TIME = 0x10;

const statuses = ['active', 'idle', 'closed'] as const;

/** What stands before a payload, at most. */
export const HEAD_BYTES_MAX = 17;

/** Writes what stands before the payload; answers with the position behind it. */
export const writeHead = (
  buffer: Buffer,
  start: number,
  payload: Payload,
  timeMs: number,
  watermarkMs: number,
): number => {
  const hasWatermark = Number.isFinite(watermarkMs);
  buffer[start] = payload | (hasWatermark ? 0 : NO_WATERMARK) | (timeMs < 0 ? OWN_TIME : 0);
  let at = start + 1;
  if (timeMs < 0) at = writeNumber(buffer, at, -timeMs);
  return hasWatermark ? writeNumber(buffer, at, zigzag(timeMs - watermarkMs)) : at;
};

/** A record as it stands before its payload. */
export interface RepartitionHead {
  payload: Payload;
  timeMs: number;
  watermarkMs: number;
  /** Where the payload begins. */
  start: number;
}

export const isMarker = (bytes: Buffer, start: number): boolean =>
  (bytes[start]! & KIND) === MARKER;

/** Fills `head` from a value that is no marker. */
export const readHead = (
  bytes: Buffer,
  start: number,
  timestampMs: number,
  head: RepartitionHead,
): void => {
  const flags = bytes[start]!;
  cursor.at = start + 1;
  head.payload = (flags & KIND) as Payload;
  head.timeMs = (flags & OWN_TIME) === 0 ? timestampMs : -readNumber(bytes);
  head.watermarkMs =
    (flags & NO_WATERMARK) === 0
      ? head.timeMs - unzigzag(readNumber(bytes))
      : Number.NEGATIVE_INFINITY;
  head.start = cursor.at;
};

/** A marker's value. `sender`: the partition of the task that says it. */
export const markerValue = (sender: number, { watermarkMs, status }: WatermarkMarker): Buffer => {
  const value = Buffer.alloc(10 + 8);
  value[0] = MARKER;
  value[1] = statuses.indexOf(status);
  value.writeDoubleBE(watermarkMs, 2);
  return value.subarray(0, writeNumber(value, 10, sender));
};

export const readMarker = (
  bytes: Buffer,
  start: number,
): { readonly sender: number; readonly marker: WatermarkMarker } => {
  const status = statuses[bytes[start + 1]!] ?? 'active';
  const watermarkMs = bytes.readDoubleBE(start + 2);
  cursor.at = start + 10;
  return { sender: readNumber(bytes), marker: { watermarkMs, status } };
};

const zigzag = (value: number): number => (value < 0 ? -value * 2 - 1 : value * 2);
const unzigzag = (value: number): number => (value % 2 === 0 ? value / 2 : -(value + 1) / 2);

/** Seven bits a byte, the lowest first; beyond 32 bits, too. */
const writeNumber = (buffer: Buffer, start: number, value: number): number => {
  let at = start;
  let rest = value;
  while (rest >= 0x80) {
    buffer[at] = (rest % 0x80) + 0x80;
    at += 1;
    rest = Math.floor(rest / 0x80);
  }
  buffer[at] = rest;
  return at + 1;
};

/** For all readers: they are synchronous. */
const cursor = { at: 0 };

const readNumber = (bytes: Buffer): number => {
  let byte = bytes[cursor.at]!;
  cursor.at += 1;
  let value = byte & 0x7f;
  for (let scale = 0x80; byte >= 0x80; scale *= 0x80) {
    byte = bytes[cursor.at]!;
    cursor.at += 1;
    value += (byte & 0x7f) * scale;
  }
  return value;
};
