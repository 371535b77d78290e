import { setTimeout as pause } from 'node:timers/promises';
import { MillraceError } from '@millrace/contracts';
import {
  createAdmin,
  createGroupConsumer,
  createProducer,
  type KafkaConnection,
  readPartition,
} from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { type RunningStack, startStack } from '@millrace/stack';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

/**
 * The broker is killed (SIGKILL) while a producer writes, and comes back on its data. Every record whose
 * send resolved is there exactly once and in order; every send that rejected says whether the records may
 * be there.
 */
let stack: RunningStack;
let connection: KafkaConnection;

beforeAll(async () => {
  stack = await startStack({ backend: 'embedded' });
  connection = {
    brokers: stack.endpoints.kafkaBrokers.split(','),
    clientId: 'failure-test',
    logger: silentLogger,
  };
});

afterAll(() => stack?.stop());

const PARTITIONS = 4;

const createTopic = async (name: string) => {
  const admin = createAdmin(connection);
  const spec = { name, partitions: PARTITIONS, replicationFactor: 1, config: {} };
  await admin.createTopics([spec]);
  await admin.close();
};

const readValues = async (topic: string, partition: number): Promise<string[]> => {
  const values: string[] = [];
  const where = { topic, partition, fromOffset: 0, isolation: 'read_committed' } as const;
  for await (const record of readPartition(connection, where)) values.push(String(record.value));
  return values;
};

interface Sent {
  readonly values: readonly string[];
  readonly outcome: 'written' | 'unknown' | 'not written';
}

/** Sends batch after batch to one partition until told to stop. */
const keepSending = async (
  send: (values: readonly string[]) => Promise<unknown>,
  signal: AbortSignal,
  partition: number,
): Promise<Sent[]> => {
  const sent: Sent[] = [];
  for (let batch = 0; !signal.aborted; batch += 1) {
    const values = Array.from({ length: 20 }, (_, index) => `${partition}/${batch}/${index}`);
    try {
      await send(values);
      sent.push({ values, outcome: 'written' });
      await pause(1);
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      expect(error.retryable).toBe(true);
      const unknown = error.code === 'kafka.write-outcome-unknown';
      sent.push({ values, outcome: unknown ? 'unknown' : 'not written' });
    }
  }
  return sent;
};

const produceThroughCrashes = async (
  topic: string,
  deliveryTimeoutMs: number,
  crash: () => Promise<void>,
): Promise<Sent[][]> => {
  await createTopic(topic);
  const producer = createProducer(connection, { deliveryTimeoutMs });
  const stop = new AbortController();
  let sends = 0;
  const sending = Array.from({ length: PARTITIONS }, (_, partition) =>
    keepSending(
      async (values) => {
        const records = values.map((value) => ({ key: null, value: Buffer.from(value) }));
        await producer.send([{ topic, partition, records }]);
        sends += 1;
      },
      stop.signal,
      partition,
    ),
  );
  const moreSends = async () => {
    const before = sends;
    await expect.poll(() => sends).toBeGreaterThan(before + 50);
  };
  for (let crashes = 0; crashes < 2; crashes += 1) {
    await moreSends();
    await stack.kill('kafka');
    await crash();
    await stack.restart('kafka');
    await moreSends();
  }
  stop.abort();
  const sent = await Promise.all(sending);
  await producer.close();
  return sent;
};

const audit = async (topic: string, sent: readonly Sent[][]) => {
  for (const [partition, sends] of sent.entries()) {
    const read = await readValues(topic, partition);
    const present = new Set(read);
    expect(new Set(read).size, `partition ${partition}: no record twice`).toBe(read.length);
    const of = (outcome: Sent['outcome']) =>
      sends.filter((one) => one.outcome === outcome).flatMap((one) => one.values);
    expect(of('written').filter((value) => !present.has(value))).toEqual([]);
    expect(of('not written').filter((value) => present.has(value))).toEqual([]);
    const order = sends.flatMap((one) => one.values).filter((value) => present.has(value));
    expect(read).toEqual(order);
  }
};

describe('when the broker is killed while a producer writes', () => {
  it('a patient producer loses nothing, repeats nothing and rejects nothing', async () => {
    const topic = 'patient';
    const sent = await produceThroughCrashes(topic, 120_000, async () => undefined);
    expect(sent.flat().filter((one) => one.outcome !== 'written')).toEqual([]);
    await audit(topic, sent);
  });

  it('an impatient producer says of each send that failed whether it may be there', async () => {
    const topic = 'impatient';
    // Long enough away for sends to reach their delivery time-out.
    const sent = await produceThroughCrashes(topic, 300, () => pause(1_500));
    expect(sent.flat().some((one) => one.outcome !== 'written')).toBe(true);
    await audit(topic, sent);
  });

  it('a group member reads on, each record once, and can commit again', async () => {
    const topic = 'read-on';
    await createTopic(topic);
    const consumer = createGroupConsumer(connection, { groupId: 'reader', topics: [topic] });
    const read: string[] = [];
    let term = 0;
    const running = consumer.run({
      assigned: async (assignment) => {
        term = assignment.term;
        return undefined;
      },
      revoked: () => undefined,
      batch: (batch) => read.push(...Array.from(batch.records, (record) => String(record.value))),
    });
    const producer = createProducer(connection, { deliveryTimeoutMs: 120_000 });
    const expected: string[] = [];
    const produce = async (prefix: string) => {
      const values = Array.from({ length: 100 }, (_, index) => `${prefix} ${index}`);
      expected.push(...values);
      const records = values.map((value) => ({ key: null, value: Buffer.from(value) }));
      await producer.send([{ topic, partition: 0, records }]);
    };
    await produce('before');
    await expect.poll(() => read).toEqual(expected);
    await consumer.commit(term, [{ topic, partition: 0, offset: 100 }]);
    await stack.kill('kafka');
    await stack.restart('kafka');
    await produce('after');
    await vi.waitFor(
      async () => {
        expect(read).toEqual(expected);
        await consumer.commit(term, [{ topic, partition: 0, offset: 200 }]);
      },
      { timeout: 60_000, interval: 100 },
    );
    await consumer.close();
    await running;
    await producer.close();
  });
});
