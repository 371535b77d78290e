import { type ConsumedBatch, recordRows } from '@millrace/kafka';
import { expect, test } from 'vitest';
import { createLaneBuffer } from './lane-buffer.ts';

const batch = (offsets: readonly number[], nextOffset: number): ConsumedBatch => ({
  ...{
    topic: 't',
    partition: 0,
    nextOffset,
    highWatermark: nextOffset,
    lastStableOffset: nextOffset,
  },
  records: recordRows(
    offsets.map((offset) => ({
      ...{ offset, timestampMs: 0, key: null, value: Buffer.alloc(44), headers: {} },
    })),
  ),
});
/** Stored: length, attributes, two deltas, no key, the value's length, the value, no headers; then the columns. */
const RECORD_BYTES = 7 + 44 + 28;

test('records in front of the position are not taken: they belong to an earlier range', () => {
  const buffer = createLaneBuffer(5);
  buffer.push(batch([3, 4, 5, 6], 7), 0);
  expect(buffer.first(10, 1e9).offsets()).toEqual([5, 6]);
  expect(buffer.end).toBe(7);
});

test('a range ends before the next record, so that gaps belong to the range in front of them', () => {
  const buffer = createLaneBuffer(0);
  buffer.push(batch([0, 1, 8, 9], 12), 0);
  expect(buffer.offsetAfter(2)).toBe(8);
  expect(buffer.offsetAfter(4)).toBe(12);
});

test('first gives as many as fit both limits, and always one', () => {
  const buffer = createLaneBuffer(0);
  buffer.push(batch([0, 1, 2, 3], 4), 0);
  expect(buffer.first(3, 1e9)).toHaveLength(3);
  expect(buffer.first(10, 2 * RECORD_BYTES)).toHaveLength(2);
  expect(buffer.first(10, 1)).toHaveLength(1);
  expect(buffer.first(10, 1e9, 1)).toHaveLength(2);
  buffer.push(batch([4, 5, 9], 10), 0);
  expect(buffer.first(5, 1e9).offsets()).toEqual([0, 1, 2, 3, 4]);
  expect(buffer.first(10, 6 * RECORD_BYTES).offsets()).toEqual([0, 1, 2, 3, 4, 5]);
  expect(buffer.first(10, 1e9, 8).offsets()).toEqual([0, 1, 2, 3, 4, 5]);
});

test('what is let go of is not counted any more, and the age is that of the oldest left', () => {
  const buffer = createLaneBuffer(0);
  const held = batch([0, 1], 2).records.spans[0]!.pack.heldBytes;
  buffer.push(batch([0, 1], 2), 100);
  buffer.push(batch([2, 3], 4), 200);
  expect([buffer.rows, buffer.bytes, buffer.oldestMs]).toEqual([4, 2 * held, 100]);
  buffer.dropThrough(0);
  // The memory of a pack is there until its last record is gone, and counts until then.
  expect([buffer.rows, buffer.bytes, buffer.oldestMs]).toEqual([3, 2 * held, 100]);
  buffer.dropThrough(1);
  expect([buffer.rows, buffer.bytes, buffer.oldestMs]).toEqual([2, held, 200]);
  buffer.dropThrough(3);
  expect([buffer.rows, buffer.bytes, buffer.oldestMs]).toEqual([0, 0, undefined]);
});

test('a delivery of control records alone has an age, so that the offset moves past them', () => {
  const buffer = createLaneBuffer(0);
  buffer.push(batch([], 1), 100);
  expect([buffer.rows, buffer.end, buffer.oldestMs]).toEqual([0, 1, 100]);
});
