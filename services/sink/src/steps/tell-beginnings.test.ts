import { silentLogger } from '@millrace/pipeline';
import { expect, test } from 'vitest';
import { createTellBeginnings } from './tell-beginnings.ts';

const partition = (number: number, committed?: { offset: number; metadata: string }) => ({
  ...{ topic: 'events', partition: number, topicId: 'id', logStartOffset: 3, startOffset: 3 },
  ...(committed && { committed, startOffset: committed.offset }),
});

test('partitions without an offset are committed where they begin, under the term, and no others', async () => {
  const commits: unknown[] = [];
  const commit = async (...given: readonly unknown[]) => void commits.push(given);
  const tell = createTellBeginnings({ commit }, silentLogger);
  await tell(7, [partition(0), partition(1, { offset: 9, metadata: 'a claim' })]);
  await tell(8, [partition(1, { offset: 9, metadata: 'a claim' })]);
  expect(commits).toEqual([[7, [{ topic: 'events', partition: 0, offset: 3, metadata: '' }]]]);
});

test('a commit that fails keeps no partition from being read', async () => {
  const commit = () => Promise.reject(new Error('fenced'));
  await createTellBeginnings({ commit }, silentLogger)(7, [partition(0)]);
});
