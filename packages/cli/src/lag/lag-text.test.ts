import type { GroupLag } from '@millrace/operations';
import { expect, test } from 'vitest';
import { lagText, spanText } from './lag-text.ts';

const group: GroupLag = {
  ...{ group: 'millrace.sink', service: 'sink', members: 2, topics: ['events.a', 'events.b'] },
  topicLags: ['events.a', 'events.b'].map((topic) => ({
    ...{ topic, partitions: 1, records: 600, seconds: 40, state: 'ok' as const },
    consumedPerSecond: 50,
  })),
  ...{ records: 1200, seconds: 40.2, state: 'ok', condition: 'warn', secondsMax: 30 },
  ...{ trendPerSecond: -10, clearSeconds: 120, consumedPerSecond: 104.4 },
  partitions: [
    {
      ...{ topic: 'events.a', partition: 0, committed: 5, end: 605, records: 600, seconds: 40 },
      ...{ state: 'ok', member: 'millrace-1' },
    },
  ],
};
const report = { atMs: 1000, groups: [group] };

test('a group is a row, and how many do not keep up stands below', () => {
  const [head, , row, , verdict] = lagText(report, false, 3000).split('\n');
  expect(head).toMatch(/group +is +behind +records +trend +clear in +consumes +members +topics/);
  expect(row).toMatch(/millrace.sink +ok +40 s +1,200 +-10\/s +2 min +104\/s +2 +2$/);
  expect(verdict).toBe('1 of 1 do not keep up, as of 2.0 s ago');
});

test('of one group every partition is a row, or every topic where the service tells no partitions', () => {
  expect(lagText(report, true, 1000)).toMatch(/events.a +0 +ok +40 s +600 +5 +605 +millrace-1/);
  const without = { atMs: 1000, groups: [{ ...group, partitions: [] }] };
  expect(lagText(without, true, 1000)).toMatch(/events.b +1 +ok +40 s +600/);
});

test('nothing to tell is told', () => {
  expect(lagText({ atMs: 0, groups: [] }, false, 0)).toMatch(/^No group reads a topic/);
});

test('spans have three digits at most, and what is not known is a dash', () => {
  expect([0, 4.21, 119, 600, 36_000, 864_000, null].map(spanText)).toEqual([
    ...['0 s', '4.2 s', '119 s', '10 min', '10 h', '10 d', '–'],
  ]);
});
