import { expect, test } from 'vitest';
import { readPositions } from './read-positions.ts';

const positionsIn = async (low: number, committed?: number) => {
  const said: unknown[] = [];
  const admin = {
    committedOffsets: async () =>
      committed === undefined
        ? []
        : [{ topic: 'events', partition: 1, offset: committed, metadata: 'times' }],
    partitionOffsets: async () => [{ partition: 1, low, high: 90 }],
  };
  const logger = { error: (fields: unknown) => void said.push(fields) };
  const positions = await readPositions(admin as never, 'g', ['events'], 1, logger as never);
  return { position: positions.get('events'), said };
};

test('a group goes on at what it has committed, and one that is new at the beginning', async () => {
  expect(await positionsIn(5, 40)).toEqual({
    position: { offset: 40, metadata: 'times' },
    said: [],
  });
  expect(await positionsIn(5)).toEqual({ position: { offset: 5, metadata: '' }, said: [] });
});

test('a group goes on behind what was removed before it was read, and says so', async () => {
  expect(await positionsIn(50, 40)).toEqual({
    position: { offset: 50, metadata: 'times' },
    said: [{ group: 'g', topic: 'events', partition: 1, from: 40, lost: 10 }],
  });
});
