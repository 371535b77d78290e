import { expect, test } from 'vitest';
import type { Delivery } from '../event-request.ts';
import { PartitionWrites } from '../partition-writes.ts';
import { createEventWindow } from '../window/event-window.ts';
import { createDropRepeatsStep } from './drop-repeats.ts';
import type { StampedEvent } from './stamp-record.ts';

const dropRepeats = createDropRepeatsStep();
const record = { key: null, value: null };
const world = () => {
  const window = createEventWindow(100);
  const delivery = () =>
    ({
      request: { stream: { window } },
      writes: new PartitionWrites(),
    }) as unknown as Delivery;
  const take = (to: Delivery, claim: string, index: number, idFrom = 'sender') =>
    dropRepeats({ delivery: to, claim, index, partition: 2, idFrom, record } as StampedEvent).kind;
  return { window, delivery, take };
};

test('new events of a partition gather in one write', () => {
  const { delivery, take } = world();
  const first = delivery();
  expect([take(first, 'a', 0), take(first, 'b', 1)]).toEqual(['ok', 'ok']);
  expect(first.writes.to(2)).toMatchObject({ records: [record, record], indexes: [0, 1] });
});

test('a repeat of an event that is on Kafka is dropped', () => {
  const { window, delivery, take } = world();
  const first = delivery();
  take(first, 'a', 0);
  window.succeed(first.writes.to(2)!.pending);
  const second = delivery();
  expect(take(second, 'a', 0)).toBe('drop');
  expect(second.repeats).toBeUndefined();
});

test('a repeat of an event on its way waits for that one’s fate, also within one request', async () => {
  const { window, delivery, take } = world();
  const first = delivery();
  expect([take(first, 'a', 0), take(first, 'a', 1)]).toEqual(['ok', 'drop']);
  const second = delivery();
  take(second, 'a', 0);
  window.succeed(first.writes.to(2)!.pending);
  expect(await first.repeats?.get(1)?.settled).toBe(true);
  expect(await second.repeats?.get(0)?.settled).toBe(true);
});

test('an event whose id was made up is always taken', () => {
  const { delivery, take } = world();
  expect([take(delivery(), 'a', 0, 'chance'), take(delivery(), 'a', 0, 'chance')]).toEqual([
    'ok',
    'ok',
  ]);
});
