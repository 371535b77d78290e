/**
 * The headers of one record as they stand in a batch: their number, then names and values, each with its length in
 * front. What many records carry is encoded once and copied. Source: https://kafka.apache.org/documentation/#recordheader
 */
import type { RecordHeaders, SharedHeaders } from '../records.ts';
import { varintBytes, writeVarint } from './varint.ts';

/** Encodes headers once for all records that carry them. The headers must not be changed afterwards. */
export const shareHeaders = (headers: RecordHeaders): SharedHeaders => {
  const bytes = Buffer.allocUnsafe(pairsBytes(headers));
  writePairs(bytes, 0, headers);
  return { headers, count: countOf(headers), bytes };
};

/** What headers take in a record, their number included. */
export const headersBytes = (
  headers: RecordHeaders | undefined,
  shared: SharedHeaders | undefined,
): number => {
  if (headers === undefined) return shared === undefined ? 1 : sharedBytes(shared, 0);
  const own = pairsBytes(headers);
  const count = countOf(headers);
  return own + (shared === undefined ? varintBytes(count) : sharedBytes(shared, count));
};

/** Answers with the offset behind them. */
export const writeHeaders = (
  target: Buffer,
  offset: number,
  headers: RecordHeaders | undefined,
  shared: SharedHeaders | undefined,
): number => {
  const count = (headers === undefined ? 0 : countOf(headers)) + (shared?.count ?? 0);
  let at = writeVarint(target, offset, count);
  if (shared !== undefined) {
    target.set(shared.bytes, at);
    at += shared.bytes.length;
  }
  return headers === undefined ? at : writePairs(target, at, headers);
};

const sharedBytes = (shared: SharedHeaders, own: number): number =>
  shared.bytes.length + varintBytes(shared.count + own);

const countOf = (headers: RecordHeaders): number => {
  let count = 0;
  for (const _name in headers) count += 1;
  return count;
};

/** Up to here a loop is quicker than a call into the engine. */
const SHORT_TEXT = 48;

const textBytes = (text: string): number => {
  if (text.length > SHORT_TEXT) return Buffer.byteLength(text);
  for (let index = 0; index < text.length; index += 1)
    if (text.charCodeAt(index) >= 0x80) return Buffer.byteLength(text);
  return text.length;
};

const lengthOf = (value: Buffer | string): number =>
  typeof value === 'string' ? textBytes(value) : value.length;

const pairsBytes = (headers: RecordHeaders): number => {
  let bytes = 0;
  for (const name in headers) {
    const nameBytes = textBytes(name);
    const valueBytes = lengthOf(headers[name]!);
    bytes += varintBytes(nameBytes) + nameBytes + varintBytes(valueBytes) + valueBytes;
  }
  return bytes;
};

const writePairs = (target: Buffer, offset: number, headers: RecordHeaders): number => {
  let at = offset;
  for (const name in headers) {
    const value = headers[name]!;
    at = writeText(target, at, name);
    at = typeof value === 'string' ? writeText(target, at, value) : writeBytes(target, at, value);
  }
  return at;
};

const writeText = (target: Buffer, offset: number, text: string): number => {
  if (text.length <= SHORT_TEXT) {
    const start = writeVarint(target, offset, text.length);
    let index = 0;
    for (; index < text.length; index += 1) {
      const unit = text.charCodeAt(index);
      if (unit >= 0x80) break;
      target[start + index] = unit;
    }
    if (index === text.length) return start + index;
  }
  const at = writeVarint(target, offset, Buffer.byteLength(text));
  return at + target.write(text, at, 'utf8');
};

const writeBytes = (target: Buffer, offset: number, value: Buffer): number => {
  const at = writeVarint(target, offset, value.length);
  target.set(value, at);
  return at + value.length;
};
