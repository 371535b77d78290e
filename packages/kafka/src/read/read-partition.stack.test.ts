import { setTimeout } from 'node:timers/promises';
import { kafkaApi as API, uniqueName } from '@millrace/testkit';
import { expect, it } from 'vitest';
import { createAdmin } from '../administer/create-admin.ts';
import type { TransactionalProducer } from '../producer.ts';
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
  write,
} from '../testing/test-kafka.ts';
import { createTransactionalProducer } from '../transactions/create-transactional-producer.ts';
import { createPartitionReader, readPartition } from './read-partition.ts';

const transactional = (): TransactionalProducer =>
  closedAfterTest(
    createTransactionalProducer(testConnection(), {
      transactionalId: uniqueName('tx'),
      transactionTimeoutMs: 60_000,
    }),
  );

const abortedWith = (producer: TransactionalProducer, topic: string, values: readonly string[]) =>
  producer
    .transaction(async (transaction) => {
      await transaction.send([
        { topic, partition: 0, records: values.map((one) => recordOf(one)) },
      ]);
      throw new Error('abort');
    })
    .catch(() => undefined);

it('reads from and to the offsets it is given, and ends at the end there was at the start', async () => {
  const topic = await testTopic();
  await write(topic, recordsOf(10));
  const where = { topic, partition: 0, isolation: 'read_committed' } as const;
  const offsets: number[] = [];
  for await (const record of readPartition(testConnection(), {
    ...where,
    fromOffset: 3,
    toOffset: 7,
  })) {
    offsets.push(record.offset);
  }
  expect(offsets).toEqual([3, 4, 5, 6]);
  let read = 0;
  for await (const _record of readPartition(testConnection(), { ...where, fromOffset: 0 })) {
    read += 1;
    if (read === 1) await write(topic, recordsOf(5, 'later'));
  }
  expect(read).toBe(10);
});

it('reads again and again over the connections of the first reading, also a topic that was made anew', async () => {
  const topic = await testTopic(2);
  await write(topic, recordsOf(3, 'first'));
  await write(topic, recordsOf(3, 'second'), 1);
  const sent: string[] = [];
  const reader = createPartitionReader({
    ...testConnection(),
    sending: (request) => sent.push(request),
  });
  closedAfterTest({ close: async () => reader.close() });
  const readOf = async (partition: number) => {
    const values: string[] = [];
    const where = { topic, partition, fromOffset: 1, isolation: 'read_committed' } as const;
    for await (const { value } of reader.read(where)) values.push(String(value));
    return values;
  };
  const [first, second] = await Promise.all([readOf(0), readOf(1)]);
  expect([first.length, second.length]).toEqual([2, 2]);
  const admin = closedAfterTest(createAdmin(testConnection()));
  await admin.deleteTopics([topic]);
  await admin.createTopics([{ name: topic, partitions: 1, replicationFactor: 1, config: {} }]);
  await write(topic, recordsOf(2, 'anew'));
  expect(await readOf(0)).toEqual([String(recordsOf(2, 'anew')[1]!.value)]);
  expect(sent.filter((request) => request === 'Fetch')).toHaveLength(3);
});

it('ends where the last offsets are commit markers (T15)', async () => {
  const topic = await testTopic();
  await transactional().transaction((transaction) =>
    transaction.send([{ topic, partition: 0, records: recordsOf(2) }]),
  );
  expect(await readAll(topic)).toHaveLength(2);
});

it('ends where the last records were aborted, and where all were (T15)', async () => {
  const topic = await testTopic();
  const producer = transactional();
  await abortedWith(producer, topic, ['a', 'b']);
  expect(await readAll(topic)).toEqual([]);
  await producer.transaction((transaction) =>
    transaction.send([{ topic, partition: 0, records: [recordOf('kept')] }]),
  );
  await abortedWith(producer, topic, ['c']);
  expect(await readValues(topic)).toEqual(['kept']);
  expect(await readAll(topic, 0, 'read_uncommitted')).toHaveLength(4);
});

it('sorts out interleaved transactions of two producers', async () => {
  const topic = await testTopic();
  const [aborting, committing] = [transactional(), transactional()];
  const send = (value: string) => [{ topic, partition: 0, records: [recordOf(value)] }];
  await aborting
    .transaction(async (outer) => {
      await outer.send(send('aborted 1'));
      await committing.transaction(async (inner) => {
        await inner.send(send('kept 1'));
        await outer.send(send('aborted 2'));
        await inner.send(send('kept 2'));
      });
      await outer.send(send('aborted 3'));
      throw new Error('abort');
    })
    .catch(() => undefined);
  await aborting.transaction((transaction) => transaction.send(send('kept 3')));
  expect(await readValues(topic)).toEqual(['kept 1', 'kept 2', 'kept 3']);
});

it('ends before an open transaction, the last stable offset', async () => {
  const topic = await testTopic();
  await write(topic, [recordOf('before')]);
  await transactional().transaction(async (transaction) => {
    await transaction.send([{ topic, partition: 0, records: [recordOf('open')] }]);
    await write(topic, [recordOf('after')]);
    const seen = await readNow(topic);
    expect(seen.map(({ value }) => String(value))).toEqual(['before']);
  });
  expect(await readValues(topic)).toEqual(['before', 'open', 'after']);
});

it('waits for transactions that are open when it is asked to, until its signal ends the waiting', async () => {
  const topic = await testTopic();
  const where = { topic, partition: 0, fromOffset: 0, isolation: 'read_committed' } as const;
  const readAwaiting = async (signal?: AbortSignal) => {
    const values: string[] = [];
    const awaitOpen = signal === undefined ? {} : { signal };
    for await (const { value } of readPartition(testConnection(), { ...where, awaitOpen }))
      values.push(String(value));
    return values;
  };
  const stopping = new AbortController();
  const [waiting, stopped] = await transactional().transaction(async (transaction) => {
    await transaction.send([{ topic, partition: 0, records: [recordOf('open')] }]);
    await write(topic, [recordOf('behind')]);
    const reads = [readAwaiting(), readAwaiting(stopping.signal)] as const;
    // that nothing comes has no condition to wait for: a third of a second of it
    await expect(Promise.race([...reads, setTimeout(300, 'waits')])).resolves.toBe('waits');
    stopping.abort(new Error('stopping'));
    return reads.map((read) => read.catch(String));
  });
  expect(await stopped).toBe('Error: stopping');
  expect(await waiting).toEqual(['open', 'behind']);
});

it('reads a partition in which nothing was ever written', async () => {
  expect(await readAll(await testTopic())).toEqual([]);
});

it('goes on when connections break, and answers large partitions in order', async () => {
  const topic = await testTopic();
  const value = Buffer.alloc(1_000, 'x');
  await write(
    topic,
    Array.from({ length: 10_000 }, () => ({ key: null, value })),
  );
  const proxy = await testProxy();
  proxy.loseAnswer(API.fetch, 2);
  let next = 0;
  const where = { topic, partition: 0, fromOffset: 0, isolation: 'read_committed' } as const;
  for await (const record of readPartition(proxy.connection, where)) {
    if (record.offset === next) next += 1;
  }
  expect(next).toBe(10_000);
});

it('rejects for a topic or partition that does not exist', async () => {
  const topic = await testTopic();
  await expect(readNow(topic, 1)).rejects.toMatchObject({ code: 'kafka.unknown-topic' });
  await expect(readNow(`${topic}-none`)).rejects.toMatchObject({ code: 'kafka.unknown-topic' });
});
