import { kafkaApi as API, uniqueName } from '@millrace/testkit';
import { expect, it } from 'vitest';
import { createAdmin } from '../administer/create-admin.ts';
import type { KafkaConnection } from '../connection.ts';
import {
  closedAfterTest,
  deleteRecords,
  recordOf,
  recordsOf,
  testConnection,
  testProxy,
  testTopic,
  write,
} from '../testing/test-kafka.ts';
import { createTransactionalProducer } from '../transactions/create-transactional-producer.ts';
import { createTailConsumer, type TailConsumerOptions } from './create-tail-consumer.ts';

/** A tail consumer that remembers what it was given. */
const startTail = (
  options: Partial<TailConsumerOptions> = {},
  connection: KafkaConnection = testConnection(),
) => {
  const seen: [partition: number, value: string][] = [];
  const tail = createTailConsumer(connection, {
    isolation: 'read_committed',
    batch({ partition, records }) {
      for (const record of records) seen.push([partition, String(record.value)]);
    },
    ...options,
  });
  closedAfterTest(tail);
  const values = (partition = 0) =>
    seen.filter(([number]) => number === partition).map(([, value]) => value);
  return { ...tail, seen, values };
};

const values = (records: ReturnType<typeof recordsOf>) => records.map(({ value }) => String(value));

it('lets few bytes wait on the broker for more', async () => {
  const topic = await testTopic(1);
  const sizes: number[] = [];
  const tail = startTail({
    ...{ fetchBytesMin: 3_000, fetchWaitMs: 25_000 },
    batch: ({ records }) => sizes.push(records.length),
  });
  await tail.add([{ topic, partition: 0, fromOffset: 0 }]);
  // 170 bytes each, with its batch
  const value = 'x'.repeat(100);
  for (let n = 0; n < 20; n += 1) await write(topic, [recordOf(value)]);
  await expect.poll(() => sizes).not.toEqual([]);
  // an answer for each is what it would be without
  expect(sizes[0]).toBeGreaterThan(10);
});

it('waits a moment for a topic that a broker has not heard of yet', async () => {
  const topic = uniqueName('kafka-test');
  const tail = startTail();
  const added = tail.add([{ topic, partition: 0, fromOffset: 0 }]);
  const admin = closedAfterTest(createAdmin(testConnection()));
  await admin.createTopics([{ name: topic, partitions: 1, replicationFactor: 1, config: {} }]);
  expect(await added).toMatchObject([{ topic, partition: 0, offset: 0 }]);
  await admin.deleteTopics([topic]);
});

it('follows partitions that are added and removed while it runs, each from its offset', async () => {
  const topic = await testTopic(3);
  for (const partition of [0, 1, 2]) await write(topic, recordsOf(5, `p${partition}`), partition);
  const tail = startTail();
  const at = (partition: number) => ({ topic, partition });
  expect(await tail.add([{ ...at(0), fromOffset: 3 }])).toMatchObject([
    { partition: 0, offset: 3 },
  ]);
  await tail.caughtUp([at(0)]);
  expect(tail.seen).toEqual(
    values(recordsOf(5, 'p0'))
      .slice(3)
      .map((value) => [0, value]),
  );
  expect(tail.reading(at(0))).toEqual({ offset: 5, endOffset: 5 });
  await tail.add([1, 2].map((partition) => ({ ...at(partition), fromOffset: 0 })));
  await tail.caughtUp([at(0), at(1), at(2)]);
  expect([tail.values(1), tail.values(2)]).toEqual([
    values(recordsOf(5, 'p1')),
    values(recordsOf(5, 'p2')),
  ]);
  tail.remove([at(1)]);
  expect(tail.reading(at(1))).toBeUndefined();
  tail.pause([at(2)]);
  for (const partition of [0, 1, 2]) await write(topic, recordsOf(1, 'later'), partition);
  expect(await tail.endOffsets([at(2), at(0)])).toEqual([6, 6]);
  await tail.caughtUp([at(0)]);
  expect([1, 2].map((partition) => tail.values(partition).length)).toEqual([5, 5]);
  tail.resume([at(2)]);
  await tail.caughtUp([at(2)]);
  expect(tail.values(2)).toHaveLength(6);
  await expect(tail.caughtUp([at(1)])).rejects.toMatchObject({ code: 'kafka.closed' });
});

it('has caught up behind commit markers and aborted records, and delivers none of these', async () => {
  const topic = await testTopic();
  const producer = closedAfterTest(
    createTransactionalProducer(testConnection(), {
      transactionalId: uniqueName('tx'),
      transactionTimeoutMs: 60_000,
    }),
  );
  const send = (value: string, end: () => void = () => undefined) =>
    producer.transaction(async (transaction) => {
      await transaction.send([{ topic, partition: 0, records: [recordOf(value)] }]);
      end();
    });
  await send('kept');
  await send('aborted', () => {
    throw new Error('abort');
  }).catch(() => undefined);
  await send('kept, too');
  // a commit is answered before its records can be read
  await producer.settle();
  const tail = startTail();
  await tail.add([{ topic, partition: 0, fromOffset: 0 }]);
  await tail.caughtUp([{ topic, partition: 0 }]);
  expect(tail.values()).toEqual(['kept', 'kept, too']);
  const all = startTail({ isolation: 'read_uncommitted' });
  await all.add([{ topic, partition: 0, fromOffset: 0 }]);
  await all.caughtUp([{ topic, partition: 0 }]);
  expect(all.values()).toEqual(['kept', 'aborted', 'kept, too']);
});

it('goes on where it was when connections break, large answers and all', async () => {
  const topic = await testTopic();
  const value = 'x'.repeat(1_000);
  await write(topic, recordsOf(400, value));
  const proxy = await testProxy();
  const tail = startTail({ fetchBytesPerPartitionMax: 32 * 1024 }, proxy.connection);
  proxy.loseAnswer(API.metadata, 1);
  await tail.add([{ topic, partition: 0, fromOffset: 0 }]);
  proxy.loseAnswer(API.fetch, 3);
  await tail.caughtUp([{ topic, partition: 0 }]);
  expect(tail.values()).toEqual(values(recordsOf(400, value)));
});

it('begins at the log’s start where its offset is below, and says when retention overtakes it', async () => {
  const topic = await testTopic();
  await write(topic, recordsOf(10));
  await deleteRecords(topic, 4);
  const overtaken: unknown[] = [];
  const strict = startTail();
  const tail = startTail({ overtaken: (...what) => overtaken.push(what) });
  for (const one of [strict, tail]) {
    const [begun] = await one.add([{ topic, partition: 0, fromOffset: 0 }]);
    expect(begun).toMatchObject({ offset: 4 });
    await one.caughtUp([{ topic, partition: 0 }]);
    one.pause([{ topic, partition: 0 }]);
  }
  await write(topic, recordsOf(5, 'gone'));
  await write(topic, recordsOf(5, 'late'));
  await deleteRecords(topic, 15);
  for (const one of [strict, tail]) one.resume([{ topic, partition: 0 }]);
  await tail.caughtUp([{ topic, partition: 0 }]);
  expect(tail.values().slice(6)).toEqual(values(recordsOf(5, 'late')));
  expect(overtaken).toEqual([[{ topic, partition: 0 }, 10, 15]]);
  await expect(strict.finished).rejects.toMatchObject({ code: 'kafka.offset-out-of-range' });
});

it('ends, with the cause, when who follows throws, when the topic is another, and when it is closed', async () => {
  const topic = await testTopic();
  await write(topic, recordsOf(1));
  const start = { topic, partition: 0, fromOffset: 0 };
  const cause = new TypeError('a bug');
  const faulty = startTail({
    batch: () => {
      throw cause;
    },
  });
  await faulty.add([start]);
  await expect(faulty.finished).rejects.toMatchObject({ code: 'kafka.handler-failed', cause });
  await expect(faulty.caughtUp([start])).rejects.toMatchObject({ code: 'kafka.closed' });

  const tail = startTail();
  await expect(tail.add([{ ...start, partition: 1 }])).rejects.toMatchObject({
    code: 'kafka.unknown-topic',
  });
  await tail.add([start]);
  await tail.caughtUp([start]);
  const admin = closedAfterTest(createAdmin(testConnection()));
  await admin.deleteTopics([topic]);
  await admin.createTopics([{ name: topic, partitions: 1, replicationFactor: 1, config: {} }]);
  await expect(tail.finished).rejects.toMatchObject({ code: 'kafka.unknown-topic' });

  const closed = startTail();
  await closed.add([start]);
  const never = expect(closed.caughtUp([start])).resolves.toBeUndefined();
  await never;
  closed.pause([start]);
  await write(topic, recordsOf(1));
  const waiting = expect(closed.caughtUp([start])).rejects.toMatchObject({ code: 'kafka.closed' });
  await expect.poll(() => closed.endOffsets([start])).toEqual([1]);
  await closed.close();
  await waiting;
  await closed.finished;
});
