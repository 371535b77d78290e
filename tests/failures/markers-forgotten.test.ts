/**
 * A broker that comes back from a crash may call a transaction complete without having written its markers (Kafka 4.4 with
 * one broker does): what was aborted would be committed by the next commit of the same id, and what was committed lost by
 * its next abort. See packages/kafka/src/transactions/repeat-markers.ts.
 */
import {
  type Admin,
  createAdmin,
  createTransactionalProducer,
  type TransactionalProducer,
} from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { type RunningStack, startStack } from '@millrace/stack';
import { pace, readCommitted, uniqueName } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

/** More of them take longer to be told: a crash meets the telling oftener. */
const PARTITIONS = 150;
/** Every second or third crash right behind a commit is followed by forgotten markers. */
const ROUNDS = 2;

let stack: RunningStack;
let admin: Admin;
const producers: TransactionalProducer[] = [];
beforeAll(async () => {
  stack = await startStack({ backend: 'embedded' });
  admin = createAdmin(connection());
});
afterAll(async () => {
  await Promise.all([...producers.map((producer) => producer.close()), admin?.close()]);
  await stack?.stop();
});

const connection = () => ({
  ...{ brokers: stack.endpoints.kafkaBrokers.split(','), clientId: 'forgotten' },
  logger: silentLogger,
});
const open = (transactionalId: string, topic: string, transactionTimeoutMs = 60_000) => {
  const producer = createTransactionalProducer(connection(), {
    ...{ transactionalId, transactionTimeoutMs, reach: { topics: [topic] } },
  });
  producers.push(producer);
  return producer;
};
const topicOf = async (partitions: number): Promise<string> => {
  const name = uniqueName('forgotten');
  await admin.createTopics([{ name, partitions, replicationFactor: 1, config: {} }]);
  return name;
};
const partitionsOf = (count: number) => Array.from({ length: count }, (_, number) => number);
const write = (
  producer: TransactionalProducer,
  topic: string,
  partitions: number,
  value: string,
  then: () => Promise<void> = async () => undefined,
) =>
  producer.transaction(async (transaction) => {
    const record = { key: null, value: Buffer.from(value) };
    await transaction.send(
      partitionsOf(partitions).map((partition) => ({ topic, partition, records: [record] })),
    );
    await then();
  });
const hidden = async (topic: string): Promise<number> =>
  (await admin.partitionOffsets(topic)).filter(({ high, stable }) => stable < high).length;
const valuesOf = async (topic: string, partition: number): Promise<readonly string[]> =>
  (await readCommitted(stack.endpoints.kafkaBrokers, topic, { partition })).map(({ value }) =>
    String(value),
  );
const crash = async (): Promise<void> => {
  await stack.kill('kafka');
  await stack.restart('kafka');
};

test('what a broker aborted when it came back is not committed by the next transaction', async () => {
  const topic = await topicOf(2);
  const id = uniqueName('forgotten');
  const first = open(id, topic, 1000);
  await write(first, topic, 2, 'kept');
  const lost = write(first, topic, 2, 'aborted', async () => {
    await stack.kill('kafka');
    await pace(1500);
    await stack.restart('kafka');
  });
  await expect(lost).rejects.toMatchObject({ code: 'kafka.fenced' });
  const second = open(id, topic);
  await write(second, topic, 2, 'kept too');
  for (const partition of partitionsOf(2)) {
    expect(await valuesOf(topic, partition)).toEqual(['kept', 'kept too']);
  }
});

test.each(['the producer that goes on', 'the one that takes over', 'nobody who writes'] as const)(
  'what was committed when the broker crashed is there on every partition, by %s',
  async (who) => {
    for (let round = 0; round < ROUNDS; round++) {
      const topic = await topicOf(PARTITIONS);
      const id = uniqueName('forgotten');
      const first = open(id, topic);
      await write(first, topic, PARTITIONS, 'before');
      await write(first, topic, PARTITIONS, 'committed');
      await crash();
      if (who === 'the one that takes over') {
        await open(id, topic).fence();
        // so that a position that is read now is the last one
        expect(await hidden(topic)).toBe(0);
      } else if (who === 'the producer that goes on') {
        const changed = write(first, topic, PARTITIONS, 'aborted', async () => {
          throw new Error('changed my mind');
        });
        await expect(changed).rejects.toThrow('changed my mind');
      } else {
        await expect.poll(() => hidden(topic)).toBe(0);
      }
      for (const partition of [0, PARTITIONS / 2, PARTITIONS - 1]) {
        expect(await valuesOf(topic, partition)).toEqual(['before', 'committed']);
      }
      await first.close();
      // a broker that comes back reads all its logs
      await admin.deleteTopics([topic]);
    }
  },
);
