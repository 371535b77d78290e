import { kafkaApi as API } from '@millrace/testkit';
import { expect, it } from 'vitest';
import {
  closedAfterTest,
  readAll,
  readValues,
  recordOf,
  recordsOf,
  testProxy,
  testTopic,
} from '../testing/test-kafka.ts';
import { type AccumulatorOptions, createAccumulator } from './create-accumulator.ts';
import { createProducer } from './create-producer.ts';

const accumulatorOf = async (options: Partial<AccumulatorOptions> = {}) => {
  const proxy = await testProxy();
  const producer = closedAfterTest(createProducer(proxy.connection));
  const accumulator = createAccumulator(producer, {
    lingerMs: 5,
    batchBytesMax: 100_000,
    bufferBytesMax: 1_000_000,
    ...options,
  });
  return { proxy, accumulator };
};

it('tells each record its own partition and offset', async () => {
  const topic = await testTopic(2);
  const { accumulator } = await accumulatorOf();
  const records = recordsOf(100);
  const positions = await Promise.all(
    records.map((record, index) => accumulator.append(topic, index % 2, record)),
  );
  const read = [await readAll(topic, 0), await readAll(topic, 1)];
  for (const [index, { partition, offset }] of positions.entries()) {
    expect(read[partition]![offset]!.value).toEqual(records[index]!.value);
  }
  expect(accumulator.bufferedBytes()).toBe(0);
});

it('gathers what comes within the linger time into one request, for all partitions', async () => {
  const topic = await testTopic(3);
  const { proxy, accumulator } = await accumulatorOf();
  // A partition made a moment ago may refuse its first write; that would be asked again, and counted.
  await Promise.all([0, 1, 2].map((one) => accumulator.append(topic, one, recordOf('first'))));
  const before = proxy.requests(API.produce).length;
  await Promise.all(
    recordsOf(300).map((record, index) => accumulator.append(topic, index % 3, record)),
  );
  expect(proxy.requests(API.produce).length - before).toBe(1);
});

it('sends a batch that is full without waiting for the linger time', async () => {
  const topic = await testTopic();
  const { accumulator } = await accumulatorOf({ lingerMs: 3_600_000, batchBytesMax: 500 });
  const first = accumulator.append(topic, 0, { key: null, value: Buffer.alloc(400) });
  const second = accumulator.append(topic, 0, { key: null, value: Buffer.alloc(400) });
  expect(await first).toEqual({ partition: 0, offset: 0 });
  await accumulator.flush();
  expect(await second).toEqual({ partition: 0, offset: 1 });
});

it('refuses at once what would overfill its buffer, and takes it when there is room', async () => {
  const topic = await testTopic();
  const { proxy, accumulator } = await accumulatorOf({ bufferBytesMax: 1_000 });
  const release = proxy.hold(API.produce);
  const value = Buffer.alloc(400);
  const taken = [0, 1].map(() => accumulator.append(topic, 0, { key: null, value }));
  await expect(accumulator.append(topic, 0, { key: null, value })).rejects.toMatchObject({
    code: 'kafka.buffer-full',
    retryable: true,
  });
  release();
  await Promise.all(taken);
  await accumulator.append(topic, 0, { key: null, value });
  expect(await readAll(topic)).toHaveLength(3);
});

it('rejects the records of a batch that was refused, and no others', async () => {
  const topic = await testTopic(2, { 'max.message.bytes': '2000' });
  const { accumulator } = await accumulatorOf();
  const huge = accumulator.append(topic, 0, { key: null, value: Buffer.alloc(3_000) });
  const small = accumulator.append(topic, 1, recordOf('small'));
  await expect(huge).rejects.toMatchObject({ code: 'kafka.record-too-large' });
  await small;
  expect(await readValues(topic, 1)).toEqual(['small']);
});
