import { type ConsumedRecord, recordRows } from '@millrace/kafka';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createInputQueue, type InputQueue } from './input-queue.ts';

const record = (offset: number, timestampMs = offset): ConsumedRecord => ({
  ...{ offset, timestampMs, key: null, value: Buffer.from('x') },
  headers: {},
});
const batch = (topic: string, records: readonly ConsumedRecord[], nextOffset: number) => ({
  ...{ topic, partition: 0, records: recordRows(records), nextOffset },
  ...{ highWatermark: nextOffset, lastStableOffset: nextOffset },
});

/** Takes up to `count` records; answers with `topic:offset` of each. */
const take = (queue: InputQueue, count: number): string[] => {
  const taken: string[] = [];
  while (taken.length < count) {
    const span = queue.next();
    if (span === undefined) break;
    const size = Math.min(span.to - span.from, count - taken.length);
    for (let i = 0; i < size; i += 1)
      taken.push(`${span.topic}:${span.pack.offsets[span.from + i]}`);
    queue.processed(span, size);
  }
  return taken;
};

test('of several topics the record with the smallest timestamp is next', () => {
  const queue = createInputQueue(['a', 'b']);
  queue.add(batch('a', [record(0, 10), record(1, 30), record(2, 40)], 3));
  queue.add(batch('b', [record(0, 20), record(1, 35)], 2));
  expect(take(queue, 9)).toEqual(['a:0', 'b:0', 'a:1', 'b:1', 'a:2']);
});

test('progress passes over control records, also where there is nothing else', () => {
  const queue = createInputQueue(['a']);
  queue.add(batch('a', [record(3)], 5));
  expect(queue.takeProgress().size).toBe(0);
  take(queue, 1);
  expect(queue.takeProgress()).toEqual(new Map([['a', 5]]));
  queue.add(batch('a', [], 7));
  expect(queue.takeProgress()).toEqual(new Map([['a', 7]]));
  expect(queue.nextOffset('a')).toBe(7);
});

test('what another owner has processed meanwhile is left out, also when it is fetched later', () => {
  const queue = createInputQueue(['a']);
  queue.rewind(new Map([['a', 0]]));
  queue.add(batch('a', [record(0), record(1)], 2));
  queue.rewind(new Map([['a', 4]]));
  queue.add(batch('a', [record(2), record(3)], 4));
  queue.add(batch('a', [record(4), record(5)], 6));
  expect(take(queue, 9)).toEqual(['a:4', 'a:5']);
  expect(queue.takeProgress()).toEqual(new Map([['a', 6]]));
});

test('what is to be read first is read up to its end before anything else, which counts as waiting only then', () => {
  const queue = createInputQueue(['a', 'table', 'b']);
  queue.hold(new Set(['a', 'b']));
  queue.add(batch('a', [record(0, 1), record(1, 2)], 2));
  queue.add(batch('table', [record(0, 50), record(1, 60)], 2));
  expect(take(queue, 9)).toEqual(['table:0', 'table:1']);
  expect(queue).toMatchObject({ waiting: 0, lag: 2 });
  // Offset 3 is a control record: the table ends behind it.
  queue.release(new Map([['table', 4]]));
  queue.add(batch('table', [record(2, 70)], 3));
  expect(take(queue, 9)).toEqual(['table:2']);
  expect(queue.isHeld('b')).toBe(true);
  queue.add(batch('table', [], 4));
  queue.add(batch('table', [record(4, 0)], 5));
  expect(queue.isHeld('b')).toBe(false);
  expect(take(queue, 9)).toEqual(['table:4', 'a:0', 'a:1']);
});

test('whatever was added, processed, committed and begun again: every record behind the last beginning comes once, in order', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('add' as const), count: fc.nat(5), control: fc.nat(2) }),
    fc.record({ do: fc.constant('take' as const), count: fc.nat(7) }),
    fc.record({ do: fc.constant('commit' as const) }),
    fc.record({ do: fc.constant('rewind' as const) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const queue = createInputQueue(['a']);
      queue.rewind(new Map([['a', 0]]));
      const added: number[] = [];
      let [end, committed, expected, progress] = [0, 0, 0, 0];
      for (const one of steps) {
        if (one.do === 'add') {
          const records = Array.from({ length: one.count }, (_, i) => record(end + i));
          added.push(...records.map(({ offset }) => offset));
          end += one.count + one.control;
          queue.add(batch('a', records, end));
        } else if (one.do === 'take') {
          const wanted = added.filter((offset) => offset >= expected).slice(0, one.count);
          expect(take(queue, one.count)).toEqual(wanted.map((offset) => `a:${offset}`));
          if (wanted.length > 0) expected = wanted.at(-1)! + 1;
        } else if (one.do === 'commit') {
          progress = queue.takeProgress().get('a') ?? progress;
          expect(progress).toBeGreaterThanOrEqual(expected);
          expect(added.filter((offset) => offset >= expected && offset < progress)).toEqual([]);
          committed = progress;
          queue.committed(new Map([['a', committed]]));
        } else {
          queue.rewind(new Map([['a', committed]]));
          [expected, progress] = [committed, committed];
        }
        expect(queue.nextOffset('a')).toBe(Math.max(end, committed));
        expect(queue.waiting).toBe(added.filter((offset) => offset >= expected).length);
        expect(queue.uncommittedBytes).toBeGreaterThanOrEqual(-1e-6);
      }
    }),
  );
});
