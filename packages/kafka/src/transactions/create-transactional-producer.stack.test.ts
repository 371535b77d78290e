import { MillraceError } from '@millrace/contracts';
import { kafkaApi as API, type KafkaFaultProxy, uniqueName } from '@millrace/testkit';
import { describe, expect, it, vi } from 'vitest';
import { createAdmin } from '../administer/create-admin.ts';
import type { KafkaConnection } from '../connection.ts';
import { createGroupConsumer } from '../group/create-group-consumer.ts';
import type { Transaction } from '../producer.ts';
import {
  closedAfterTest,
  readAll,
  readNow,
  readValues,
  recordOf,
  recordsOf,
  testConnection,
  testProxy,
  testTopic,
} from '../testing/test-kafka.ts';
import { createByteReader } from '../wire/byte-reader.ts';
import { createByteWriter } from '../wire/byte-writer.ts';
import {
  createTransactionalProducer,
  type TransactionalProducerOptions,
} from './create-transactional-producer.ts';

/** The broker looks for transactions to give up every ten seconds. */
const PATIENCE = { timeout: 60_000, interval: 100 } as const;
const COORDINATOR_NOT_AVAILABLE = 15;
const CONCURRENT_TRANSACTIONS = 51;

/** The answer of EndTxn and AddOffsetsToTxn. */
const errorAnswer = (errorCode: number) => () =>
  createByteWriter().int32(0).int16(errorCode).finish();

const addPartitionsAnswer = (errorCode: number) => (request: Buffer) => {
  const reader = createByteReader(request);
  reader.string(); // transactional id
  reader.bigint64(); // producer id
  reader.int16(); // epoch
  const writer = createByteWriter();
  const topics = reader.array(() => ({
    topic: reader.string() ?? '',
    partitions: reader.array(() => reader.int32()),
  }));
  writer
    .int32(0)
    .array(topics, ({ topic, partitions }) =>
      writer
        .string(topic)
        .array(partitions, (partition) => writer.int32(partition).int16(errorCode)),
    );
  return writer.finish();
};

const producerOf = (
  transactionalId: string,
  connection: KafkaConnection = testConnection(),
  options: Partial<TransactionalProducerOptions> = {},
) =>
  closedAfterTest(
    createTransactionalProducer(connection, {
      transactionalId,
      transactionTimeoutMs: 60_000,
      ...options,
    }),
  );

const sendOne =
  (topic: string, value: string, partition = 0) =>
  (transaction: Transaction) =>
    transaction.send([{ topic, partition, records: [recordOf(value)] }]);

/** What was begun and how it ended, in order; what was only asked again counts once. */
const stepsOf = (proxy: Pick<KafkaFaultProxy, 'requests'>): readonly string[] =>
  proxy
    .requests(API.addPartitionsToTxn, API.addOffsetsToTxn, API.endTxn)
    .map(({ apiKey, body }) => {
      if (apiKey !== API.endTxn) return 'begin';
      return body.at(-1) === 1 ? 'commit' : 'abort';
    })
    .filter((step, index, all) => step !== all[index - 1]);

const committedOf = async (groupId: string, topic: string) => {
  const admin = closedAfterTest(createAdmin(testConnection()));
  return admin.committedOffsets(groupId, [topic]);
};

describe('a transactional producer', () => {
  it('shows all of a transaction after its commit, and nothing of one that its work rejects', async () => {
    const topic = await testTopic(2);
    const producer = producerOf(uniqueName('tx'));
    await producer.transaction(async (transaction) => {
      await Promise.all([0, 1].map((partition) => sendOne(topic, 'kept', partition)(transaction)));
    });
    const changeOfMind = producer.transaction(async (transaction) => {
      await sendOne(topic, 'dropped')(transaction);
      throw new Error('changed my mind');
    });
    await expect(changeOfMind).rejects.toThrow('changed my mind');
    await producer.transaction(sendOne(topic, 'kept too'));
    expect(await readValues(topic, 0)).toEqual(['kept', 'kept too']);
    expect(await readValues(topic, 1)).toEqual(['kept']);
    expect(await readAll(topic, 0, 'read_uncommitted')).toHaveLength(3);
  });

  it('aborts when a send failed, even where the work went on', async () => {
    const topic = await testTopic(1, { 'max.message.bytes': '2000' });
    const producer = producerOf(uniqueName('tx'));
    const doomed = producer.transaction(async (transaction) => {
      await sendOne(topic, 'dropped')(transaction);
      await sendOne(topic, 'x'.repeat(3_000))(transaction).catch(() => undefined);
    });
    await expect(doomed).rejects.toMatchObject({ code: 'kafka.record-too-large' });
    await producer.transaction(sendOne(topic, 'next'));
    expect(await readValues(topic)).toEqual(['next']);
  });

  it('has more time in a transaction that asks for it, and its own time again in the next', async () => {
    const topic = await testTopic(2);
    const producer = producerOf(uniqueName('tx'), testConnection(), {
      transactionTimeoutMs: 1_000,
    });
    await producer.transaction(sendOne(topic, 'before'));
    const tooLong = producerOf(uniqueName('tx')).transaction(sendOne(topic, 'never'), {
      timeoutMs: 24 * 3_600_000,
    });
    await expect(tooLong).rejects.toMatchObject({ code: 'kafka.refused' });
    const admin = closedAfterTest(createAdmin(testConnection()));
    const endOf = async (partition: number) =>
      (await admin.partitionOffsets(topic)).find((one) => one.partition === partition)?.high;
    // the broker's marker, when it has given up a transaction of one second, is the second offset
    const givenUp = () => vi.waitFor(async () => expect(await endOf(1)).toBe(2), PATIENCE);
    const impatient = producerOf(uniqueName('tx'), testConnection(), {
      transactionTimeoutMs: 1_000,
    });
    const lost = impatient.transaction(async (transaction) => {
      await sendOne(topic, 'lost', 1)(transaction);
      await givenUp();
    });
    await producer.transaction(
      async (transaction) => {
        await sendOne(topic, 'long')(transaction);
        await givenUp();
      },
      { timeoutMs: 60_000 },
    );
    await expect(lost).rejects.toBeInstanceOf(MillraceError);
    await producer.transaction(sendOne(topic, 'after'));
    expect(await readValues(topic)).toEqual(['before', 'long', 'after']);
    expect(await readValues(topic, 1)).toEqual([]);
  });

  it('commits although the coordinator was not available at first (T2)', async () => {
    const topic = await testTopic();
    const proxy = await testProxy();
    const producer = producerOf(uniqueName('tx'), proxy.connection);
    proxy.answerInstead(API.endTxn, errorAnswer(COORDINATOR_NOT_AVAILABLE), 2);
    await producer.transaction(sendOne(topic, 'first'));
    await producer.transaction(sendOne(topic, 'second'));
    expect(await readValues(topic)).toEqual(['first', 'second']);
  });

  it('finds out that it had committed when the answer was lost (T2)', async () => {
    const topic = await testTopic();
    const proxy = await testProxy();
    const producer = producerOf(uniqueName('tx'), proxy.connection);
    proxy.loseAnswer(API.endTxn, 2);
    await producer.transaction(sendOne(topic, 'first'));
    await producer.transaction(sendOne(topic, 'second'));
    expect(await readValues(topic)).toEqual(['first', 'second']);
  });

  it('says that the outcome is unknown when no answer comes, and can go on (T2)', async () => {
    const topic = await testTopic();
    const proxy = await testProxy();
    const options = { deliveryTimeoutMs: 3_000 };
    const producer = producerOf(uniqueName('tx'), proxy.connection, options);
    await producer.transaction(sendOne(topic, 'first'));
    proxy.answerInstead(API.endTxn, errorAnswer(COORDINATOR_NOT_AVAILABLE), 1_000);
    await expect(producer.transaction(sendOne(topic, 'in doubt'))).rejects.toMatchObject({
      code: 'kafka.transaction-outcome-unknown',
    });
    proxy.clear();
    // The coordinator never heard of the commit: going on aborts it.
    await producer.transaction(sendOne(topic, 'next'));
    expect(await readValues(topic)).toEqual(['first', 'next']);
  });

  it('asks again while the transaction before is being finished (T3, T22)', async () => {
    const topic = await testTopic();
    const groupId = uniqueName('group');
    const proxy = await testProxy();
    const producer = producerOf(uniqueName('tx'), proxy.connection);
    proxy.answerInstead(API.addPartitionsToTxn, addPartitionsAnswer(CONCURRENT_TRANSACTIONS), 3);
    proxy.answerInstead(API.addOffsetsToTxn, errorAnswer(CONCURRENT_TRANSACTIONS), 3);
    proxy.answerInstead(API.endTxn, errorAnswer(CONCURRENT_TRANSACTIONS), 3);
    await producer.transaction(async (transaction) => {
      await sendOne(topic, 'value')(transaction);
      await transaction.sendOffsets(groupId, [{ topic, partition: 0, offset: 7, metadata: 'm' }]);
    });
    expect(await readValues(topic)).toEqual(['value']);
    expect(await committedOf(groupId, topic)).toEqual([
      { topic, partition: 0, offset: 7, metadata: 'm' },
    ]);
  });

  it('writes each record once when acknowledgements within a transaction are lost', async () => {
    const topic = await testTopic();
    const proxy = await testProxy();
    const producer = producerOf(uniqueName('tx'), proxy.connection);
    proxy.loseAnswer(API.addPartitionsToTxn);
    proxy.loseAnswer(API.produce, 2);
    const records = recordsOf(10);
    await producer.transaction((transaction) =>
      transaction.send([{ topic, partition: 0, records }]),
    );
    expect(await readValues(topic)).toEqual(records.map((record) => String(record.value)));
  });

  it('says again how a transaction ended, when a broker may have been away since', async () => {
    const topic = await testTopic();
    const proxy = await testProxy();
    const producer = producerOf(uniqueName('tx'), proxy.connection);
    await producer.transaction(sendOne(topic, 'first'));
    await producer.transaction(sendOne(topic, 'second'));
    const undisturbed = ['begin', 'commit', 'begin', 'commit'];
    expect(stepsOf(proxy)).toEqual(undisturbed);
    proxy.loseAnswer(API.endTxn);
    const changeOfMind = producer.transaction(async (transaction) => {
      await sendOne(topic, 'dropped')(transaction);
      throw new Error('changed my mind');
    });
    await expect(changeOfMind).rejects.toThrow('changed my mind');
    const dropped = ['begin', 'abort'];
    expect(stepsOf(proxy)).toEqual([...undisturbed, ...dropped]);
    await producer.transaction(sendOne(topic, 'third'));
    const third = ['begin', 'commit'];
    expect(stepsOf(proxy)).toEqual([...undisturbed, ...dropped, ...dropped, ...third]);
    await producer.transaction(sendOne(topic, 'fourth'));
    expect(stepsOf(proxy).slice(10)).toEqual(['begin', 'commit']);
    expect(await readValues(topic)).toEqual(['first', 'second', 'third', 'fourth']);
  });

  it('says again how a transaction ended, when a connection breaks while the next one begins', async () => {
    const topic = await testTopic(2);
    const groupId = uniqueName('group');
    const proxy = await testProxy();
    const producer = producerOf(uniqueName('tx'), proxy.connection);
    await producer.transaction(sendOne(topic, 'first'));
    proxy.loseAnswer(API.addPartitionsToTxn);
    const changeOfMind = producer.transaction(async (transaction) => {
      await sendOne(topic, 'dropped', 1)(transaction);
      await transaction.sendOffsets(groupId, [{ topic, partition: 0, offset: 7 }]);
      throw new Error('changed my mind');
    });
    await expect(changeOfMind).rejects.toThrow('changed my mind');
    // what had been announced of the second was ended as the first, the end of the first said again, the second announced again
    const first = ['begin', 'commit'];
    expect(stepsOf(proxy)).toEqual([...first, ...first, ...first, 'begin', 'abort']);
    expect(await readValues(topic)).toEqual(['first']);
    expect(await readValues(topic, 1)).toEqual([]);
    expect(await committedOf(groupId, topic)).toEqual([]);
  });

  it('asks whether the last transaction has ended everywhere, at once or when it has rested', async () => {
    const topic = await testTopic();
    const proxy = await testProxy();
    const producer = producerOf(uniqueName('tx'), proxy.connection);
    await producer.settle();
    await producer.transaction(sendOne(topic, 'first'));
    await producer.settle();
    expect(proxy.requests(API.endTxn).length).toBeGreaterThan(1);
    proxy.loseAnswer(API.endTxn);
    await producer.transaction(sendOne(topic, 'second'));
    const written = ['begin', 'commit', 'begin', 'commit'];
    expect(stepsOf(proxy)).toEqual(written);
    await expect.poll(() => stepsOf(proxy), PATIENCE).toEqual([...written, 'begin', 'commit']);
    expect(await readValues(topic)).toEqual(['first', 'second']);
  });

  it('fences its predecessor, and the predecessor cannot fence it back (T4)', async () => {
    const topic = await testTopic();
    const transactionalId = uniqueName('tx');
    const old = producerOf(transactionalId);
    await old.transaction(sendOne(topic, 'old'));
    const young = producerOf(transactionalId);
    const fenced = expect.objectContaining({ code: 'kafka.fenced', retryable: false });
    const late = old.transaction(async (transaction) => {
      await sendOne(topic, 'too late')(transaction);
      await young.fence();
    });
    await expect(late).rejects.toEqual(fenced);
    await expect(old.transaction(sendOne(topic, 'again'))).rejects.toEqual(fenced);
    await expect(old.fence()).rejects.toEqual(fenced);
    await young.transaction(sendOne(topic, 'young'));
    expect(await readValues(topic)).toEqual(['old', 'young']);
  });

  it('settles a predecessor’s open transaction before its position is read (T4)', async () => {
    const topic = await testTopic();
    const transactionalId = uniqueName('tx');
    const old = producerOf(transactionalId);
    const young = producerOf(transactionalId);
    const opened = Promise.withResolvers<void>();
    const never = old.transaction(async (transaction) => {
      await sendOne(topic, 'left open')(transaction);
      opened.resolve();
      await fencedNow.promise;
    });
    const fencedNow = Promise.withResolvers<void>();
    await opened.promise;
    await young.fence();
    await young.transaction(sendOne(topic, 'after it'));
    expect(await readValues(topic)).toEqual(['after it']);
    fencedNow.resolve();
    await expect(never).rejects.toMatchObject({ code: 'kafka.fenced' });
  });

  it('has what it committed readable once it has settled', async () => {
    const topic = await testTopic();
    const proxy = await testProxy();
    const producer = producerOf(uniqueName('tx'), proxy.connection);
    // longer than a busy machine takes to look before they are there
    proxy.lateMarkers(2_000);
    const seen = async () => (await readNow(topic)).map(({ value }) => String(value));
    await producer.transaction(sendOne(topic, 'first'));
    expect(await seen()).toEqual([]);
    await producer.settle();
    expect(await seen()).toEqual(['first']);
    await producer.transaction(sendOne(topic, 'second'));
    await producer.transaction(sendOne(topic, 'third'));
    await producer.settle();
    expect(await seen()).toEqual(['first', 'second', 'third']);
  });

  it('commits offsets as a group member only while its generation lasts (T4)', async () => {
    const topic = await testTopic();
    const groupId = uniqueName('group');
    const joined = Promise.withResolvers<void>();
    const consumer = createGroupConsumer(testConnection(), { groupId, topics: [topic] });
    const running = consumer.run({
      assigned: async () => void joined.resolve(),
      revoked: () => undefined,
      batch: () => undefined,
    });
    await joined.promise;
    const member = consumer.member()!;
    const producer = producerOf(uniqueName('tx'));
    const commit = (offset: number) =>
      producer.transaction((transaction) =>
        transaction.sendOffsets(groupId, [{ topic, partition: 0, offset }], member),
      );
    await commit(3);
    await consumer.close();
    await running;
    await expect(commit(4)).rejects.toMatchObject({ code: 'kafka.fenced' });
    expect(await committedOf(groupId, topic)).toMatchObject([{ offset: 3 }]);
    // The transactional id itself is not fenced.
    await producer.transaction(sendOne(topic, 'still here'));
  });

  it('does not answer an offset that an open transaction is about to change (T4)', async () => {
    const topic = await testTopic();
    const groupId = uniqueName('group');
    const proxy = await testProxy();
    const admin = closedAfterTest(createAdmin(proxy.connection));
    const producer = producerOf(uniqueName('tx'));
    let reading: Promise<unknown> = Promise.resolve();
    await producer.transaction(async (transaction) => {
      await transaction.sendOffsets(groupId, [{ topic, partition: 0, offset: 5 }]);
      reading = admin.committedOffsets(groupId, [topic]);
      // Asked again: the first answer was that the offset is not stable.
      await expect.poll(() => proxy.requests(API.offsetFetch).length).toBeGreaterThan(1);
    });
    expect(await reading).toMatchObject([{ offset: 5 }]);
  });

  it('does not take its identity back after a commit in doubt, when it has a successor (T4)', async () => {
    const topic = await testTopic();
    const transactionalId = uniqueName('tx');
    const proxy = await testProxy();
    const old = producerOf(transactionalId, proxy.connection, { deliveryTimeoutMs: 3_000 });
    proxy.answerInstead(API.endTxn, errorAnswer(COORDINATOR_NOT_AVAILABLE), 1_000);
    await expect(old.transaction(sendOne(topic, 'in doubt'))).rejects.toMatchObject({
      code: 'kafka.transaction-outcome-unknown',
    });
    const young = producerOf(transactionalId);
    await young.transaction(sendOne(topic, 'young'));
    proxy.clear();
    await expect(old.transaction(sendOne(topic, 'old'))).rejects.toMatchObject({
      code: 'kafka.fenced',
    });
    await young.transaction(sendOne(topic, 'young still'));
    expect(await readValues(topic)).toEqual(['young', 'young still']);
  });
});
