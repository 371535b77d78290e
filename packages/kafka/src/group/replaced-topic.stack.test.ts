import { uniqueName } from '@millrace/testkit';
import { expect, it } from 'vitest';
import { createAdmin } from '../administer/create-admin.ts';
import type { AssignedPartition } from '../group-consumer.ts';
import {
  closedAfterTest,
  recordsOf,
  testConnection,
  testTopic,
  write,
} from '../testing/test-kafka.ts';
import { createGroupConsumer } from './create-group-consumer.ts';

it('never reads a topic that was made again in place of the one it was assigned', async () => {
  const topic = await testTopic();
  const admin = closedAfterTest(createAdmin(testConnection()));
  const groupId = uniqueName('group');
  const consumer = closedAfterTest(
    createGroupConsumer(testConnection(), { groupId, topics: [topic] }),
  );
  const assignments: AssignedPartition[] = [];
  const seen: [topicId: string, value: string][] = [];
  void consumer.run({
    async assigned({ positions }) {
      const [one] = await positions();
      if (one) assignments.push(one);
      // What was committed counts in the old log.
      return one && new Map([[`${topic}:0`, one.logStartOffset]]);
    },
    revoked: () => undefined,
    batch: ({ records }) => {
      const { topicId } = assignments.at(-1)!;
      for (const record of records) seen.push([topicId, String(record.value)]);
    },
  });
  await write(topic, recordsOf(5, 'old'));
  await expect.poll(() => seen).toHaveLength(5);
  await admin.deleteTopics([topic]);
  await admin.createTopics([{ name: topic, partitions: 1, replicationFactor: 1, config: {} }]);
  // More than were read of the old one: an offset alone would begin in the middle.
  await write(topic, recordsOf(10, 'new'));
  await expect.poll(() => seen).toHaveLength(15);
  const [before, after] = [assignments[0]!.topicId, assignments.at(-1)!.topicId];
  expect(after).not.toBe(before);
  expect(seen).toEqual([
    ...recordsOf(5, 'old').map(({ value }) => [before, String(value)]),
    ...recordsOf(10, 'new').map(({ value }) => [after, String(value)]),
  ]);
});
