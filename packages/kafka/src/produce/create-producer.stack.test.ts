import { createRequire } from 'node:module';
import { kafkaApi as API } from '@millrace/testkit';
import { describe, expect, it } from 'vitest';
import {
  closedAfterTest,
  readAll,
  readValues,
  recordOf,
  recordsOf,
  testConnection,
  testProxy,
  testTopic,
} from '../testing/test-kafka.ts';
import { createByteReader } from '../wire/byte-reader.ts';
import { createByteWriter } from '../wire/byte-writer.ts';
import { createProducer } from './create-producer.ts';

const valuesOf = (records: readonly { readonly value: Buffer | null }[]) =>
  records.map((record) => String(record.value));

/** A Produce answer that gives every partition of the request the same error code. */
const produceAnswer = (errorCode: number) => (request: Buffer) => {
  const reader = createByteReader(request);
  reader.string(); // transactional id
  reader.int16(); // acks
  reader.int32(); // time-out
  const topics = reader.array(() => ({
    topic: reader.string() ?? '',
    partitions: reader.array(() => {
      const partition = reader.int32();
      reader.bytes();
      return partition;
    }),
  }));
  const writer = createByteWriter();
  writer.array(topics, ({ topic, partitions }) =>
    writer
      .string(topic)
      .array(partitions, (partition) =>
        writer.int32(partition).int16(errorCode).int64(-1).int64(-1).int64(-1),
      ),
  );
  return writer.int32(0).finish();
};

const NOT_LEADER = 6;
const MESSAGE_TOO_LARGE = 10;
const OUT_OF_ORDER_SEQUENCE = 45;
const UNKNOWN_PRODUCER_ID = 59;

describe('an idempotent producer', () => {
  it('writes each record once, where it was told, although every partition moves once (T1)', async () => {
    const topic = await testTopic(4);
    const proxy = await testProxy();
    const producer = closedAfterTest(createProducer(proxy.connection));
    proxy.answerInstead(API.produce, produceAnswer(NOT_LEADER), 3);
    const batches = [0, 1, 2, 3].map((partition) => ({
      topic,
      partition,
      records: recordsOf(41, `partition ${partition}, record`),
    }));
    await producer.send(batches);
    for (const { partition, records } of batches) {
      expect(await readValues(topic, partition)).toEqual(valuesOf(records));
    }
  });

  it('answers with the offset of the first record, as a number (T20)', async () => {
    const topic = await testTopic();
    const producer = closedAfterTest(createProducer(testConnection()));
    const records = recordsOf(3);
    expect(await producer.send([{ topic, partition: 0, records }])).toEqual([
      { topic, partition: 0, baseOffset: 0, parts: [{ count: 3, baseOffset: 0 }] },
    ]);
    expect(await producer.send([{ topic, partition: 0, records }])).toMatchObject([
      { baseOffset: 3 },
    ]);
  });

  it('does not repeat records whose acknowledgement was lost (T17)', async () => {
    const topic = await testTopic(2);
    const proxy = await testProxy();
    const producer = closedAfterTest(createProducer(proxy.connection));
    proxy.loseAnswer(API.produce, 2);
    const records = recordsOf(20);
    const produced = await producer.send([
      { topic, partition: 0, records },
      { topic, partition: 1, records },
    ]);
    expect(produced.map((one) => one.baseOffset)).toEqual([0, 0]);
    expect(await readValues(topic, 0)).toEqual(valuesOf(records));
    expect(await readValues(topic, 1)).toEqual(valuesOf(records));
  });

  it('keeps the order of sends that overlap, one request in flight (T17)', async () => {
    const topic = await testTopic();
    const proxy = await testProxy();
    const producer = closedAfterTest(createProducer(proxy.connection));
    proxy.answerInstead(API.produce, produceAnswer(NOT_LEADER));
    proxy.loseAnswer(API.produce);
    const sends = recordsOf(50).map((record) => [record]);
    await Promise.all(sends.map((records) => producer.send([{ topic, partition: 0, records }])));
    expect(await readValues(topic)).toEqual(valuesOf(sends.flat()));
  });

  it('takes a new identity when the broker lost track of it, and repeats nothing (T17)', async () => {
    const topic = await testTopic();
    const proxy = await testProxy();
    const producer = closedAfterTest(createProducer(proxy.connection));
    await producer.send([{ topic, partition: 0, records: [recordOf('before')] }]);
    for (const code of [UNKNOWN_PRODUCER_ID, OUT_OF_ORDER_SEQUENCE]) {
      proxy.answerInstead(API.produce, produceAnswer(code));
      await producer.send([{ topic, partition: 0, records: [recordOf(`after ${code}`)] }]);
    }
    expect(await readValues(topic)).toEqual(['before', 'after 59', 'after 45']);
    expect(proxy.requests(API.initProducerId)).toHaveLength(3);
  });

  it('says so when it cannot know whether records were written, and goes on (T17)', async () => {
    const topic = await testTopic();
    const proxy = await testProxy();
    const producer = closedAfterTest(createProducer(proxy.connection));
    proxy.loseAnswer(API.produce);
    proxy.answerInstead(API.produce, produceAnswer(UNKNOWN_PRODUCER_ID));
    await expect(
      producer.send([{ topic, partition: 0, records: [recordOf('in doubt')] }]),
    ).rejects.toMatchObject({ code: 'kafka.write-outcome-unknown', retryable: true });
    await producer.send([{ topic, partition: 0, records: [recordOf('next')] }]);
    expect(await readValues(topic)).toEqual(['in doubt', 'next']);
  });

  it('sends again only the partition that failed, not those beside it in the request (T18)', async () => {
    const topic = await testTopic(2);
    const proxy = await testProxy();
    const producer = closedAfterTest(createProducer(proxy.connection));
    await producer.send([{ topic, partition: 0, records: recordsOf(1, 'first') }]);
    // A topic that is this new may have been answered for twice.
    const before = proxy.requests(API.produce).length;
    proxy.rewriteAnswer(API.produce, (answer) => {
      // The first partition's error code: topic count, topic, partition count and number before it.
      const at = 4 + 2 + answer.readInt16BE(4) + 4 + 4;
      answer.writeInt16BE(NOT_LEADER, at);
      return answer;
    });
    const records = recordsOf(5);
    await producer.send([0, 1].map((partition) => ({ topic, partition, records })));
    const sent = proxy.requests(API.produce).map((request) => request.body.length);
    const [both, one, ...others] = sent.slice(before);
    expect(one).toBeLessThan(both!);
    expect(others).toEqual([]);
    expect(await readValues(topic, 0)).toHaveLength(6);
    expect(await readValues(topic, 1)).toHaveLength(5);
  });

  it('goes on past the last sequence number of 31 bits (T19)', async () => {
    const topic = await testTopic();
    const proxy = await testProxy();
    const firstSequence = 0x7fff_ffff - 2;
    const producer = closedAfterTest(createProducer(proxy.connection, { firstSequence }));
    const sends = [recordsOf(2, 'a'), recordsOf(3, 'b'), recordsOf(2, 'c'), recordsOf(1, 'd')];
    for (const records of sends) await producer.send([{ topic, partition: 0, records }]);
    expect(await readValues(topic)).toEqual(valuesOf(sends.flat()));
    // Not by asking for a new identity after a refusal.
    expect(proxy.requests(API.initProducerId)).toHaveLength(1);
    expect(proxy.requests(API.produce)).toHaveLength(sends.length);
  });

  it('writes a send larger than the broker takes at once in parts (T23)', async () => {
    const topic = await testTopic();
    const proxy = await testProxy();
    const producer = closedAfterTest(createProducer(proxy.connection));
    const value = Buffer.alloc(1_000, 'x');
    const records = Array.from({ length: 3_000 }, () => ({ key: null, value }));
    const [produced] = await producer.send([{ topic, partition: 0, records }]);
    expect(produced!.parts.length).toBeGreaterThan(2);
    expect(produced!.parts.reduce((sum, part) => sum + part.count, 0)).toBe(3_000);
    // Cut before it was sent, not after a refusal.
    expect(proxy.requests(API.produce)).toHaveLength(produced!.parts.length);
    expect(await readAll(topic)).toHaveLength(3_000);
  });

  it('halves a batch until it fits a topic that takes less than it knew (T23)', async () => {
    const topic = await testTopic(1, { 'max.message.bytes': '2000' });
    const producer = closedAfterTest(createProducer(testConnection()));
    const records = recordsOf(500);
    await producer.send([{ topic, partition: 0, records }]);
    expect(await readValues(topic)).toEqual(valuesOf(records));
  });

  it('refuses a record that is too large, and writes those beside it', async () => {
    const topic = await testTopic(1, { 'max.message.bytes': '2000' });
    const producer = closedAfterTest(createProducer(testConnection()));
    const huge = { key: null, value: Buffer.alloc(3_000) };
    const sends = await Promise.allSettled(
      [[recordOf('before')], [huge], [recordOf('after')]].map((records) =>
        producer.send([{ topic, partition: 0, records }]),
      ),
    );
    expect(sends.map((send) => send.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(sends[1]).toMatchObject({
      reason: { code: 'kafka.record-too-large', retryable: false },
    });
    expect(await readValues(topic)).toEqual(['before', 'after']);
  });

  it('does not take MESSAGE_TOO_LARGE for an answer when the records fit in the end', async () => {
    const topic = await testTopic();
    const proxy = await testProxy();
    const producer = closedAfterTest(createProducer(proxy.connection));
    proxy.answerInstead(API.produce, produceAnswer(MESSAGE_TOO_LARGE));
    const records = recordsOf(5);
    const [produced] = await producer.send([{ topic, partition: 0, records }]);
    expect(produced!.parts).toEqual([
      { count: 3, baseOffset: 0 },
      { count: 2, baseOffset: 3 },
    ]);
    expect(await readValues(topic)).toEqual(valuesOf(records));
  });

  it('refuses topics and partitions that do not exist, and records that the topic refuses', async () => {
    const topic = await testTopic(1, { 'cleanup.policy': 'compact' });
    const producer = closedAfterTest(createProducer(testConnection()));
    const records = [recordOf('value')];
    const refusal = (code: string) => ({ code, retryable: false });
    await expect(
      producer.send([{ topic: `${topic}-none`, partition: 0, records }]),
    ).rejects.toMatchObject(refusal('kafka.unknown-topic'));
    await expect(producer.send([{ topic, partition: 1, records }])).rejects.toMatchObject(
      refusal('kafka.unknown-topic'),
    );
    await expect(producer.send([{ topic, partition: 0, records }])).rejects.toMatchObject(
      refusal('kafka.record-refused'),
    );
    await producer.send([{ topic, partition: 0, records: [recordOf('value', 'key')] }]);
    expect(await readValues(topic)).toEqual(['value']);
  });

  it('rejects with a retryable error when no broker answers in time', async () => {
    const topic = await testTopic();
    const proxy = await testProxy();
    const producer = createProducer(proxy.connection, { deliveryTimeoutMs: 2_000 });
    await producer.partitionCount(topic);
    await proxy.close();
    await expect(
      producer.send([{ topic, partition: 0, records: recordsOf(1) }]),
    ).rejects.toMatchObject({ code: 'kafka.unavailable', retryable: true });
    await producer.close();
  });

  it.each(['gzip', 'lz4', 'zstd'] as const)(
    'compresses little and much: %s',
    async (compression) => {
      const topic = await testTopic();
      const producer = closedAfterTest(createProducer(testConnection(), { compression }));
      const values = ['little', 'much '.repeat(20_000), 'little again'];
      await Promise.all(
        values.map((value) =>
          producer.send([
            { topic, partition: 0, records: [{ key: null, value: Buffer.from(value) }] },
          ]),
        ),
      );
      expect((await readAll(topic)).map(({ value }) => String(value))).toEqual(values);
    },
  );

  it.each(['none', 'gzip', 'zstd'] as const)(
    'writes batches that kafkajs reads: %s',
    async (compression) => {
      const topic = await testTopic();
      const producer = closedAfterTest(createProducer(testConnection(), { compression }));
      const records = [
        { key: null, value: Buffer.from('plain') },
        { key: Buffer.from('key'), value: null },
        { key: Buffer.alloc(0), value: Buffer.alloc(0) },
        {
          key: Buffer.from('k'),
          value: Buffer.from('v'),
          headers: { text: 'ä', bytes: Buffer.from([0, 255]) },
        },
        { key: null, value: Buffer.from('past'), timestampMs: 1_000_000_000_000 },
      ];
      await producer.send([{ topic, partition: 0, records }]);
      const read = await readAll(topic);
      expect(read.map(({ key, value }) => ({ key, value }))).toEqual(
        records.map(({ key, value }) => ({ key, value })),
      );
      expect({ ...read[3]!.headers }).toEqual({
        text: Buffer.from('ä'),
        bytes: Buffer.from([0, 255]),
      });
      expect(read[4]!.timestampMs).toBe(1_000_000_000_000);
      expect(await readWithKafkajs(topic, records.length)).toEqual(
        read.map(({ offset, key, value, timestampMs }) => ({ offset, key, value, timestampMs })),
      );
    },
  );
});

/** The records as kafkajs's own consumer, untouched by our reader, gives them. */
const readWithKafkajs = async (topic: string, count: number) => {
  const require = createRequire(import.meta.url);
  const { Kafka, logLevel, CompressionTypes, CompressionCodecs } = require('kafkajs');
  const { zstdDecompressSync } = require('node:zlib');
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    decompress: async (bytes: Buffer) => zstdDecompressSync(bytes),
  });
  const kafka = new Kafka({ ...testConnection(), logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: `${topic}-kafkajs` });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const read: object[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  interface KafkajsMessage {
    readonly offset: string;
    readonly timestamp: string;
    readonly key: Buffer | null;
    readonly value: Buffer | null;
  }
  await consumer.run({
    eachMessage: async ({ message }: { readonly message: KafkajsMessage }) => {
      const { key, value } = message;
      const [offset, timestampMs] = [Number(message.offset), Number(message.timestamp)];
      if (read.push({ offset, key, value, timestampMs }) === count) resolve();
    },
  });
  await promise;
  await consumer.disconnect();
  return read;
};
