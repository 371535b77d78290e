import type { PartitionBatch } from '@millrace/kafka';
import { expect, test } from 'vitest';
import { createRecordBatcher } from './record-batcher.ts';

/** A producer whose sends the test settles. */
const createHeldProducer = () => {
  const sends: { batch: PartitionBatch; resolve: () => void; reject: (error: unknown) => void }[] =
    [];
  return {
    sends,
    send: (batches: readonly PartitionBatch[]) =>
      new Promise<never[]>((resolve, reject) => {
        sends.push({ batch: batches[0]!, resolve: () => resolve([]), reject });
      }),
  };
};
const record = { key: null, value: null };
const begin = (batchRecordsMax = 100) => {
  const producer = createHeldProducer();
  const observe = () => undefined;
  const batcher = createRecordBatcher(producer, { batchRecordsMax, nowMs: () => 0, observe });
  return { producer, batcher };
};

test('what comes within one turn goes in one batch, and all are told', async () => {
  const { producer, batcher } = begin();
  const both = [batcher.append('t', 0, [record]), batcher.append('t', 0, [record, record])];
  await expect.poll(() => producer.sends).toHaveLength(1);
  expect(producer.sends[0]?.batch.records).toHaveLength(3);
  producer.sends[0]?.resolve();
  await Promise.all(both);
});

test('what comes while a batch is on its way waits for it, gathered', async () => {
  const { producer, batcher } = begin();
  void batcher.append('t', 0, [record]);
  await expect.poll(() => producer.sends).toHaveLength(1);
  const later = [batcher.append('t', 0, [record]), batcher.append('t', 0, [record])];
  expect(producer.sends).toHaveLength(1);
  producer.sends[0]?.resolve();
  await expect.poll(() => producer.sends).toHaveLength(2);
  producer.sends[1]?.resolve();
  await Promise.all(later);
  expect(producer.sends[1]?.batch.records).toHaveLength(2);
});

test('what comes in the turn of an acknowledgement goes along with what waited for it', async () => {
  const { producer, batcher } = begin();
  const first = batcher.append('t', 0, [record]);
  await expect.poll(() => producer.sends).toHaveLength(1);
  void batcher.append('t', 0, [record]);
  producer.sends[0]?.resolve();
  await first;
  void batcher.append('t', 0, [record]);
  await expect.poll(() => producer.sends).toHaveLength(2);
  expect(producer.sends[1]?.batch.records).toHaveLength(2);
});

test('a full batch does not wait, and partitions do not wait for each other', async () => {
  const { producer, batcher } = begin(2);
  void batcher.append('t', 0, [record, record]);
  void batcher.append('t', 0, [record, record]);
  void batcher.append('t', 1, [record]);
  await expect.poll(() => producer.sends).toHaveLength(3);
});

test('a batch that fails tells those in it, and the next one goes', async () => {
  const { producer, batcher } = begin();
  const first = batcher.append('t', 0, [record]);
  await expect.poll(() => producer.sends).toHaveLength(1);
  const second = batcher.append('t', 0, [record]);
  producer.sends[0]?.reject(new Error('refused'));
  await expect(first).rejects.toThrow('refused');
  await expect.poll(() => producer.sends).toHaveLength(2);
  producer.sends[1]?.resolve();
  await second;
  await batcher.idle();
});
