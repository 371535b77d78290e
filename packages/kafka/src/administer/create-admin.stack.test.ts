import { kafkaApi as API, uniqueName } from '@millrace/testkit';
import { expect, it } from 'vitest';
import { createGroupConsumer } from '../group/create-group-consumer.ts';
import { createProducer } from '../produce/create-producer.ts';
import {
  closedAfterTest,
  recordsOf,
  testConnection,
  testProxy,
  testTopic,
  write,
} from '../testing/test-kafka.ts';
import { createTransactionalProducer } from '../transactions/create-transactional-producer.ts';
import { createByteWriter } from '../wire/byte-writer.ts';
import { createAdmin } from './create-admin.ts';

const admin = () => closedAfterTest(createAdmin(testConnection()));

const specOf = (name: string, partitions = 3) => ({
  name,
  partitions,
  replicationFactor: 1,
  config: { 'retention.ms': '86400000' },
});

it('creates what is missing, leaves the rest, and describes both', async () => {
  const existing = await testTopic(2, { 'cleanup.policy': 'compact' });
  const name = uniqueName('kafka-test');
  const { createTopics, describeTopics, deleteTopics } = admin();
  expect(await createTopics([specOf(existing), specOf(name)])).toEqual([name]);
  expect(await describeTopics([name, existing, `${name}-none`])).toEqual(
    expect.arrayContaining([
      { name, partitions: 3, replicationFactor: 1, config: { 'retention.ms': '86400000' } },
      {
        name: existing,
        partitions: 2,
        replicationFactor: 1,
        config: { 'cleanup.policy': 'compact' },
      },
    ]),
  );
  await deleteTopics([name]);
  expect(await describeTopics([name])).toEqual([]);
});

it('has created a topic when every partition can be written, also while brokers disagree', async () => {
  const name = uniqueName('kafka-test');
  const { createTopics, deleteTopics } = admin();
  await createTopics([specOf(name, 20)]);
  const producer = closedAfterTest(createProducer(testConnection(), { deliveryTimeoutMs: 10_000 }));
  const records = recordsOf(1);
  await producer.send(
    Array.from({ length: 20 }, (_, partition) => ({ topic: name, partition, records })),
  );
  await deleteTopics([name]);
});

it('has a topic for each of those who create it at the same time, at once after the answer', async () => {
  const admins = Array.from({ length: 6 }, admin);
  for (let round = 0; round < 10; round++) {
    const name = uniqueName('kafka-test');
    const ids = await Promise.all(
      admins.map(async ({ createTopics, topicId }) => {
        await createTopics([specOf(name, 1)]);
        return topicId(name);
      }),
    );
    expect(new Set(ids).size).toBe(1);
    await admins[0]!.deleteTopics([name]);
  }
});

it('names a topic as created when the answer to its creation was lost', async () => {
  const name = uniqueName('kafka-test');
  const proxy = await testProxy();
  const { createTopics } = closedAfterTest(createAdmin(proxy.connection));
  const CREATE_TOPICS = 19;
  proxy.loseAnswer(CREATE_TOPICS);
  await createTopics([specOf(name)]);
  expect(await admin().listTopics()).toContain(name);
  await admin().deleteTopics([name]);
});

it('deletes the records before an offset, and leaves the others', async () => {
  const topic = await testTopic(2);
  await write(topic, recordsOf(5));
  await write(topic, recordsOf(5), 1);
  const { deleteRecords, partitionOffsets } = admin();
  await deleteRecords([{ topic, partition: 1, offset: 3 }]);
  expect(await partitionOffsets(topic)).toMatchObject([
    { low: 0, high: 5 },
    { low: 3, high: 5 },
  ]);
});

it('waits with a topic for a broker that is fenced, and does not wait where there are too few', async () => {
  const name = uniqueName('kafka-test');
  const proxy = await testProxy();
  const { createTopics, deleteTopics } = closedAfterTest(createAdmin(proxy.connection));
  const refusal = (message: string) => () => {
    const writer = createByteWriter().int32(0); // throttle time
    writer.array([name], (topic) => writer.string(topic).int16(38).string(message));
    return writer.finish();
  };
  const CREATE_TOPICS = 19;
  const fenced = 'Unable to replicate the partition 1 time(s): All brokers are currently fenced.';
  proxy.answerInstead(CREATE_TOPICS, refusal(fenced), 2);
  expect(await createTopics([specOf(name)])).toEqual([name]);
  expect(proxy.requests(CREATE_TOPICS)).toHaveLength(3);
  await deleteTopics([name]);
  const threeCopies = { ...specOf(name), replicationFactor: 3 };
  await expect(createTopics([threeCopies])).rejects.toMatchObject({ code: 'kafka.refused' });
});

it('changes one setting and leaves the others', async () => {
  const name = await testTopic(1, { 'retention.ms': '86400000' });
  const { alterTopicConfig, describeTopics } = admin();
  await alterTopicConfig(name, { 'max.message.bytes': '2000' });
  const [state] = await describeTopics([name]);
  expect(state!.config).toEqual({ 'retention.ms': '86400000', 'max.message.bytes': '2000' });
});

it('is content with a setting that somebody else has set right after', async () => {
  const name = await testTopic(1);
  const proxy = await testProxy();
  const release = proxy.holdAnswers(API.incrementalAlterConfigs);
  const first = closedAfterTest(createAdmin(proxy.connection));
  const changed = first.alterTopicConfig(name, { 'retention.ms': '1000000' });
  await expect.poll(() => proxy.requests(API.incrementalAlterConfigs)).toHaveLength(1);
  const { alterTopicConfig, describeTopics } = admin();
  const retentionOf = async () => (await describeTopics([name]))[0]!.config['retention.ms'];
  await expect.poll(retentionOf).toBe('1000000');
  await alterTopicConfig(name, { 'retention.ms': '2000000' });
  release();
  await changed;
  expect(await retentionOf()).toBe('2000000');
});

it('adds partitions, and finds them there already when asked again', async () => {
  const name = await testTopic(1);
  const { addPartitions, partitionOffsets } = admin();
  await addPartitions(name, 3);
  await addPartitions(name, 3);
  expect(await partitionOffsets(name)).toEqual(
    [0, 1, 2].map((partition) => ({ topic: name, partition, low: 0, high: 0, stable: 0 })),
  );
});

it('tells offsets of partitions and of groups', async () => {
  const topic = await testTopic(2);
  await write(topic, recordsOf(5), 1);
  const groupId = uniqueName('group');
  const { committedOffsets, partitionOffsets } = admin();
  expect(await committedOffsets(groupId, [topic])).toEqual([]);
  const producer = closedAfterTest(
    createTransactionalProducer(testConnection(), {
      transactionalId: uniqueName('tx'),
      transactionTimeoutMs: 60_000,
    }),
  );
  const committed = { topic, partition: 1, offset: 4, metadata: 'claimed [4,9]' };
  await producer.transaction((transaction) => transaction.sendOffsets(groupId, [committed]));
  expect(await committedOffsets(groupId, [topic])).toEqual([committed]);
  expect(await partitionOffsets(topic)).toEqual([
    { topic, partition: 0, low: 0, high: 0, stable: 0 },
    { topic, partition: 1, low: 0, high: 5, stable: 5 },
  ]);
});

it('tells the end for readers of committed records apart from the log end', async () => {
  const topic = await testTopic(1);
  await write(topic, recordsOf(2));
  const { partitionOffsets } = admin();
  const transactionalId = uniqueName('tx');
  const producer = closedAfterTest(
    createTransactionalProducer(testConnection(), {
      transactionalId,
      transactionTimeoutMs: 60_000,
    }),
  );
  await producer.transaction(async (transaction) => {
    await transaction.send([{ topic, partition: 0, records: recordsOf(3) }]);
    expect(await partitionOffsets(topic)).toMatchObject([{ high: 5, stable: 2 }]);
  });
});

it('finds the offset of a moment, and the end where nothing is so late', async () => {
  const topic = await testTopic(2);
  const records = [1_000, 2_000, 3_000].map((timestampMs) => ({
    ...recordsOf(1)[0]!,
    timestampMs,
  }));
  await write(topic, records);
  const { offsetsAt } = admin();
  const at = async (atMs: number) => (await offsetsAt(topic, atMs)).map(({ offset }) => offset);
  expect(await at(0)).toEqual([0, 0]);
  expect(await at(1_001)).toEqual([1, 0]);
  expect(await at(3_001)).toEqual([3, 0]);
});

it('commits for a group without members, refuses one with members, whom it names, and forgets a group', async () => {
  const topic = await testTopic(1);
  const groupId = uniqueName('group');
  const { commitOffsets, committedOffsets, deleteGroup, groupMembers } = admin();
  expect(await groupMembers(groupId)).toEqual([]);
  const offsets = [{ topic, partition: 0, offset: 3, metadata: 'from here' }];
  await commitOffsets(groupId, offsets);
  expect(await committedOffsets(groupId, [topic])).toEqual(offsets);
  await deleteGroup(groupId);
  await deleteGroup(groupId);
  expect(await committedOffsets(groupId, [topic])).toEqual([]);
  const consumer = createGroupConsumer(testConnection(), { groupId, topics: [topic] });
  const assigned = Promise.withResolvers<void>();
  const running = consumer.run({
    assigned: async () => void assigned.resolve(),
    revoked: () => undefined,
    batch: () => undefined,
  });
  await assigned.promise;
  expect(await groupMembers(groupId)).toMatchObject([
    { clientId: testConnection().clientId, host: expect.stringMatching(/127.0.0.1/) },
  ]);
  await expect(commitOffsets(groupId, offsets)).rejects.toMatchObject({ code: 'kafka.refused' });
  await expect(deleteGroup(groupId)).rejects.toMatchObject({ code: 'kafka.refused' });
  await consumer.close();
  await running;
});

it('rejects what does not exist or is refused, with the broker’s reason', async () => {
  const { partitionOffsets, alterTopicConfig, createTopics } = admin();
  const none = uniqueName('kafka-test-none');
  await expect(partitionOffsets(none)).rejects.toMatchObject({ code: 'kafka.unknown-topic' });
  await expect(alterTopicConfig(none, { 'retention.ms': '1' })).rejects.toMatchObject({
    code: 'kafka.unknown-topic',
  });
  await expect(createTopics([{ ...specOf(none), replicationFactor: 99 }])).rejects.toMatchObject({
    code: 'kafka.refused',
    message: expect.stringContaining('INVALID_REPLICATION_FACTOR'),
  });
});

it('tells the id of the cluster, also when the first connection breaks', async () => {
  const proxy = await testProxy();
  proxy.loseAnswer(API.metadata);
  const { clusterId } = closedAfterTest(createAdmin(proxy.connection));
  expect(await clusterId()).toBe(await admin().clusterId());
});
