import { recordRows } from '@millrace/kafka';
import { createManualClock } from '@millrace/testkit';
import { expect, test } from 'vitest';
import { parseBounds } from './bounds.ts';

const batch = (partition: number, offsets: readonly number[], nextOffset: number) => ({
  topic: 'events.a.b',
  partition,
  nextOffset,
  highWatermark: 100,
  lastStableOffset: 90,
  records: recordRows(
    offsets.map((offset) => ({
      ...{ offset, timestampMs: 0, key: null, value: null, headers: {} },
    })),
  ),
});

const bounds = () => parseBounds(['events.a.b/0:10', 'events.a.b/2:0'], [], createManualClock())!;

test('a batch is cut at the end of its partition, trailing markers included', () => {
  const cut = bounds().clip(batch(0, [8, 9, 10, 11], 12))!;
  expect(cut.records.offsets()).toEqual([8, 9]);
  expect(cut).toMatchObject({ nextOffset: 10, lastStableOffset: 10 });
  const whole = bounds().clip(batch(0, [1, 2], 5));
  expect(whole).toMatchObject({ nextOffset: 5, lastStableOffset: 10 });
});

test('a partition without an end is not read', () => {
  expect(bounds().clip(batch(1, [0], 1))).toBeUndefined();
  const lasts = [batch(1, [0], 1), batch(0, [8], 9), batch(0, [9], 10)].map(bounds().isLast);
  expect(lasts).toEqual([true, false, true]);
});

test('the run is over when the group stands at every end', async () => {
  const clock = createManualClock();
  const stands = [9, 9, 10];
  const admin = {
    committedOffsets: async () => [
      { topic: 'events.a.b', partition: 0, offset: stands.shift() ?? 10, metadata: '' },
    ],
  };
  let isOver = false;
  const reached = parseBounds(['events.a.b/0:10', 'events.a.b/2:0'], [], clock)!
    .reached(admin, 'group', new AbortController().signal)
    .then(() => {
      isOver = true;
    });
  await clock.advance(199);
  expect(isOver).toBe(false);
  await clock.advance(201);
  await reached;
  expect(stands).toEqual([]);
});

test('of chosen records the others are left out, and the reading gets as far', () => {
  const some = parseBounds(['events.a.b/0:10'], ['events.a.b/0:3+7'], createManualClock())!;
  const cut = some.clip(batch(0, [1, 3, 5], 6))!;
  expect(cut.records.offsets()).toEqual([3]);
  expect(cut.nextOffset).toBe(6);
  expect(some.clip(batch(0, [7, 8, 11], 12))).toMatchObject({ nextOffset: 10 });
  expect(() => parseBounds(['a/0:1'], ['a/0:x'], createManualClock())).toThrow('offset+offset');
});

test('text that is no end is refused', () => {
  expect(() => parseBounds(['events.a.b:10'], [], createManualClock())).toThrow(
    'topic/partition:offset',
  );
  expect(parseBounds([], [], createManualClock())).toBeUndefined();
});
