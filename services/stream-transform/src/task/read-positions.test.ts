import { withLogMark } from '@millrace/contracts';
import { expect, test } from 'vitest';
import { readPositions } from './read-positions.ts';

const log = { cluster: 'cluster', topicId: 'new-id' };

const positionIn = async (
  low: number,
  committed?: { readonly offset: number; readonly metadata: string },
  sources: ReadonlySet<string> = new Set(['events']),
) => {
  const said: unknown[] = [];
  const say = (fields: unknown) => void said.push(fields);
  const admin = {
    committedOffsets: async () =>
      committed === undefined ? [] : [{ topic: 'events', partition: 1, ...committed }],
    partitionOffsets: async () => [{ partition: 1, low, high: 90 }],
    topicId: async () => 'new-id',
    clusterId: async () => 'cluster',
  };
  const positions = await readPositions({
    ...{ admin: admin as never, groupId: 'g', topics: ['events'], sources, partition: 1 },
    logger: { error: say, warn: say } as never,
  });
  return { position: positions.get('events'), said };
};

test('a group goes on at what it has committed, and one that is new at the beginning', async () => {
  const metadata = withLogMark('times', log);
  expect(await positionIn(5, { offset: 40, metadata })).toEqual({
    position: { offset: 40, metadata: 'times', log },
    said: [],
  });
  expect(await positionIn(5)).toEqual({
    position: { offset: 5, metadata: '', log },
    said: [],
  });
});

test('a group goes on behind what was removed before it was read, and says so', async () => {
  expect(await positionIn(50, { offset: 40, metadata: 'times' })).toEqual({
    position: { offset: 50, metadata: 'times', log },
    said: [{ group: 'g', topic: 'events', partition: 1, from: 40, lost: 10 }],
  });
});

test('a topic that was made again is read from its start, also where it is longer already', async () => {
  const metadata = withLogMark('times', { cluster: 'cluster', topicId: 'old-id' });
  expect(await positionIn(0, { offset: 40, metadata })).toEqual({
    position: { offset: 0, metadata: 'times', log },
    said: [{ group: 'g', topic: 'events', partition: 1, from: 40 }],
  });
});

test('an offset that was copied from another cluster counts where it was copied to', async () => {
  const metadata = withLogMark('times', { cluster: 'another', topicId: 'old-id' });
  expect(await positionIn(0, { offset: 40, metadata })).toEqual({
    position: { offset: 40, metadata: 'times', log },
    said: [],
  });
});

test('nothing is known of the log where an earlier version has committed, and nothing asked of own topics', async () => {
  expect((await positionIn(0, { offset: 40, metadata: 'times' })).position).toEqual({
    ...{ offset: 40, metadata: 'times', log },
  });
  expect((await positionIn(0, { offset: 40, metadata: 'times' }, new Set())).position).toEqual({
    ...{ offset: 40, metadata: 'times' },
  });
});
