import { createFloodGuard, type FloodControl } from '@millrace/dead-letters';
import { expect, test } from 'vitest';
import { createFloodTally } from './flood-tally.ts';

const floods = (): FloodControl => {
  const guard = createFloodGuard({ share: 0.5, records: 10 });
  return {
    partition: () => ({
      holds: ({ dead, records }) => guard.isFlood(dead, records),
      passed: ({ dead, records }) => guard.passed(dead, records),
      waits: async () => undefined,
    }),
    close: async () => undefined,
  };
};
const tallyOf = (records: number, dead: Readonly<Record<string, number>>) => {
  const tally = createFloodTally(floods(), 't', 0);
  tally.processed('in', records);
  for (const [code, count] of Object.entries(dead))
    for (let n = 0; n < count; n += 1) tally.dead('in', code);
  return tally;
};

test('what failed for most of the records is a flood, and counts no more once it is forgotten', () => {
  const tally = tallyOf(10, { 'transform.function-failed': 6 });
  expect(() => tally.check()).toThrow('in/0: 6 of 10 records would be dead letters');
  tally.forget();
  expect(() => tally.check()).not.toThrow();
  expect(tally.passed()).toEqual({ records: 0, dead: [] });
});

test('what was refused on purpose, and what operators made of others, is none', () => {
  const tally = tallyOf(10, { 'transform.record-rejected': 10 });
  for (let n = 0; n < 20; n += 1) tally.dead('window-1', 'transform.function-failed');
  expect(() => tally.check()).not.toThrow();
  expect(tally.passed()).toEqual({
    records: 10,
    dead: [
      { topic: 'in', code: 'transform.record-rejected', records: 10 },
      { topic: 'window-1', code: 'transform.function-failed', records: 20 },
    ],
  });
});
