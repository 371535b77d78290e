import type { OutgoingRecord } from '@millrace/kafka';
import { silentLogger, systemClock } from '@millrace/pipeline';
import { expect, test } from 'vitest';
import type { Stream } from '../stream.ts';
import { createBlockWriter } from './block-writer.ts';
import { createEventWindow } from './event-window.ts';
import { readIdRecord } from './id-blocks.ts';

test('ids that Kafka did not take are told by the next attempt, before it says what it knows whole', async () => {
  const window = createEventWindow(10, { value: 1 });
  const sent: OutgoingRecord[] = [];
  let isAway = true;
  const shared = {
    ...{ seed: { value: 1 }, windowAgeMs: 60_000, clock: systemClock, logger: silentLogger },
    streams: [{ topic: 't', partitions: 1, window } as unknown as Stream],
    untold: [],
    tail: { endOffsets: async () => [9] },
    whole: () => ({ t: [7] }),
    send: async (records: readonly OutgoingRecord[]) => {
      if (isAway) throw new Error('away');
      sent.push(...records);
    },
  };
  window.remember('a');
  await expect(createBlockWriter({ ...shared, door: 'first' }).write()).rejects.toThrow('away');
  isAway = false;
  window.remember('b');
  const next = createBlockWriter({ ...shared, door: 'next' });
  await next.write();
  const told = sent.map(({ key, value }) => readIdRecord(key, value)!);
  expect(told.map(({ kind }) => kind)).toEqual(['seed', 'ids', 'ids', 'door']);
  expect(told.at(-1)).toEqual({
    ...{ kind: 'door', door: 'next', ends: { t: [9] }, whole: { t: [7] }, isClosed: false },
  });
  const there = createEventWindow(10, { value: 1 });
  for (const one of told) if (one.kind === 'ids') there.rememberPrints(one.block.prints.get('t')!);
  expect(there.size()).toBe(2);
  // Nothing is new: nothing is said.
  await next.write();
  expect(sent).toHaveLength(4);
});
