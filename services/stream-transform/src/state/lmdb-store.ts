import { createHash } from 'node:crypto';
import { checksum } from './checksum.ts';
import type { DiskRecord, DiskStore } from './disk.ts';
import {
  appendKey,
  isLongKey,
  isPlainKey,
  MARK_BYTE,
  markedKey,
  splitKey,
  standsForEmpty,
  standsForLong,
} from './disk-key.ts';
import { type KeyView, readTime, TIME_BYTES, writeTime } from './storage-key.ts';

/** What is asked of a database of LMDB whose keys are written out of views and read as buffers. */
export interface KeyDatabase {
  getBinary(key: KeyView): Uint8Array | undefined;
  /** In memory that the next call uses again. */
  getBinaryFast(key: KeyView): Uint8Array | undefined;
  getRange(range: KeyRange): Iterable<{ readonly key: Buffer; readonly value: Uint8Array }>;
  getKeys(range: KeyRange): Iterable<Buffer>;
  putSync(key: KeyView, value: Buffer): unknown;
  removeSync(key: KeyView): unknown;
  getStats(): object;
}

interface KeyRange {
  readonly start: KeyView;
  readonly end?: KeyView;
  readonly limit?: number;
  readonly exclusiveStart?: boolean;
  readonly reverse?: boolean;
}

export interface LmdbStoreOptions {
  readonly records: KeyDatabase;
  /** `[length of the text][text, or its digest][time]` without a value; of stores that are asked by key. */
  readonly timesByKey: KeyDatabase | undefined;
  readonly isTimed: boolean;
  /** Throws `transform.state-corrupt`, after having seen to it that the next opening starts anew. */
  readonly fail: (what: string, cause?: unknown) => never;
  readonly onRead: () => void;
}

/** A range is read by so many records at a time, so that no cursor stands open while its reader works. */
const PAGE_RECORDS = 256;
/** Who asks for a range often wants its first record only. */
const FIRST_PAGE_RECORDS = 4;
const CHECKSUM_BYTES = 4;

/** One store's records in LMDB. */
export const createLmdbStore = (options: LmdbStoreOptions): DiskStore & { recount(): void } => {
  const { records, timesByKey, isTimed, fail, onRead } = options;
  const timeBytes = isTimed ? TIME_BYTES : 0;
  let count = 0;

  const diskKey = (view: KeyView): KeyView =>
    isPlainKey(view, timeBytes) ? view : markedKey(view, timeBytes);

  const guarded = <T>(read: () => T): T => {
    try {
      return read();
    } catch (cause) {
      return fail('LMDB cannot read it', cause);
    }
  };

  /** Proves that these bytes are the value of this key, and takes the checksum off. */
  const open = (key: KeyView, stored: Buffer): Buffer => {
    const end = stored.length - CHECKSUM_BYTES;
    if (end < 0) return fail('a value is too short');
    const keySum = checksum(key.bytes, key.start, key.end);
    if (checksum(stored, 0, end, keySum) !== stored.readUInt32LE(end)) {
      return fail('a checksum does not hold');
    }
    return stored.subarray(0, end);
  };

  const openRecord = (key: Buffer, stored: Buffer): DiskRecord => {
    if (standsForLong(key, timeBytes)) {
      const parts = splitKey(stored) ?? fail('a long key is cut off');
      return { key: parts.key, value: open(whole(parts.key), parts.value) };
    }
    const own = !isTimed && standsForEmpty(key) ? Buffer.alloc(0) : key;
    return { key: own, value: open(whole(own), stored) };
  };

  function* pages<T extends { key: Buffer } | Buffer>(
    from: KeyView,
    to: KeyView | undefined,
    read: (range: KeyRange) => T[],
  ): Generator<T[]> {
    let start = from;
    let limit = FIRST_PAGE_RECORDS;
    for (let isFirst = true; ; isFirst = false) {
      const range = { start, ...(to && { end: to }), limit, exclusiveStart: !isFirst };
      const page = guarded(() => read(range));
      onRead();
      if (page.length > 0) yield page;
      if (page.length < limit) return;
      limit = Math.min(limit * 8, PAGE_RECORDS);
      const last = page.at(-1)!;
      start = whole(Buffer.isBuffer(last) ? last : last.key);
    }
  }

  return {
    get count() {
      return count;
    },
    recount() {
      count = (records.getStats() as { entryCount: number }).entryCount;
    },
    get(view) {
      onRead();
      const stored = guarded(() => records.getBinary(diskKey(view)));
      if (stored === undefined) return undefined;
      if (!isLongKey(view, timeBytes)) return open(view, asBuffer(stored));
      const parts = splitKey(asBuffer(stored)) ?? fail('a long key is cut off');
      return open(view, parts.value);
    },
    has(view) {
      onRead();
      return guarded(() => records.getBinaryFast(diskKey(view))) !== undefined;
    },
    *range(from, to) {
      const read = (range: KeyRange) =>
        [...records.getRange(range)].map(({ key, value }) => ({
          key,
          value: asBuffer(value),
        }));
      for (const page of pages(from, to, read)) {
        for (const { key, value } of page) yield openRecord(key, value);
      }
    },
    *keys(from, to) {
      const read = (range: KeyRange) => [...records.getKeys(range)];
      for (const page of pages(from, to, read)) {
        for (const key of page) {
          if (!standsForLong(key, timeBytes)) {
            yield !isTimed && standsForEmpty(key) ? Buffer.alloc(0) : key;
            continue;
          }
          const stored = guarded(() => records.getBinary(whole(key))) ?? fail('a key is gone');
          yield openRecord(key, asBuffer(stored)).key;
        }
      }
    },
    lastKey() {
      onRead();
      const last = { reverse: true, limit: 1, start: whole(Buffer.alloc(64, MARK_BYTE)) };
      return guarded(() => [...records.getKeys(last)][0]);
    },
    timesOfKey(key, fromMs, toMs) {
      if (timesByKey === undefined) return [];
      onRead();
      const text = Buffer.from(key);
      const range = { start: indexKey(text, fromMs), end: indexKey(text, toMs) };
      return guarded(() =>
        [...timesByKey.getKeys(range)].map((found) => readTime(found, found.length - TIME_BYTES)),
      );
    },
    put(bytes, keyStart, keyEnd, valueEnd) {
      const view = { bytes, start: keyStart, end: keyEnd };
      const value = bytes.subarray(keyEnd, valueEnd);
      if (isLongKey(view, timeBytes)) {
        records.putSync(diskKey(view), appendKey(value, bytes.subarray(keyStart, keyEnd)));
      } else {
        records.putSync(diskKey(view), value);
      }
      if (timesByKey === undefined) return;
      const timeMs = readTime(bytes, keyStart);
      timesByKey.putSync(indexKey(bytes.subarray(keyStart + TIME_BYTES, keyEnd), timeMs), nothing);
    },
    remove(bytes, keyStart, keyEnd) {
      records.removeSync(diskKey({ bytes, start: keyStart, end: keyEnd }));
      if (timesByKey === undefined) return;
      const timeMs = readTime(bytes, keyStart);
      timesByKey.removeSync(indexKey(bytes.subarray(keyStart + TIME_BYTES, keyEnd), timeMs));
    },
  };
};

const nothing = Buffer.of(0);

const whole = (bytes: Buffer): KeyView => ({ bytes, start: 0, end: bytes.length });

const asBuffer = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const DIGEST_FROM = 1_000;

/** Infinite bounds stand for the ends of what a Date can be, which no record's time lies beyond. */
const indexKey = (text: Buffer, timeMs: number): KeyView => {
  const shown = text.length > DIGEST_FROM ? createHash('sha256').update(text).digest() : text;
  const bytes = Buffer.allocUnsafe(4 + shown.length + TIME_BYTES);
  bytes.writeUInt32BE(text.length, 0);
  shown.copy(bytes, 4);
  writeTime(bytes, 4 + shown.length, clampTime(timeMs));
  return whole(bytes);
};

/** Times that fit in eight bytes; what is beyond sorts behind or before every record. */
export const clampTime = (timeMs: number): number =>
  Math.max(-TIME_LIMIT_MS, Math.min(TIME_LIMIT_MS, timeMs));

const TIME_LIMIT_MS = 2 ** 53;
