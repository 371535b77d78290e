/**
 * A coordinator calls a transaction complete and one partition has no marker, as `markers-forgotten` has it by chance; here
 * it is made to order: the partition is not announced, and the broker told not to mind. Whoever is stopped, at whatever
 * step, while the end of that transaction is said again, and whoever takes over then: it ends as it was answered.
 */
import {
  createAdmin,
  createTransactionalProducer,
  type TransactionalProducer,
} from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { type RunningStack, startStack } from '@millrace/stack';
import {
  kafkaApi as API,
  type KafkaFaultProxy,
  readCommitted,
  startKafkaFaultProxy,
  uniqueName,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';

const MARKED = 0;
const LEFT_OUT = 1;

let stack: RunningStack;
beforeAll(async () => {
  stack = await startStack({
    backend: 'embedded',
    kafkaProperties: { 'transaction.partition.verification.enable': 'false' },
  });
});
afterAll(() => stack?.stop());

const connectionTo = (brokers: readonly string[]) => ({
  ...{ brokers, clientId: 'left-out', logger: silentLogger },
});
const brokers = () => stack.endpoints.kafkaBrokers.split(',');

const topicOf = async (): Promise<string> => {
  const name = uniqueName('left_out');
  const admin = createAdmin(connectionTo(brokers()));
  await admin.createTopics([{ name, partitions: 2, replicationFactor: 1, config: {} }]);
  await admin.close();
  return name;
};

interface Instance {
  readonly producer: TransactionalProducer;
  readonly proxy: KafkaFaultProxy;
}

/** Behind a proxy of its own, so that it alone can be stopped; let go of when the test is over. */
const instanceOf = async (transactionalId: string, topic: string): Promise<Instance> => {
  const proxy = await startKafkaFaultProxy(stack.endpoints.kafkaBrokers);
  const producer = createTransactionalProducer(connectionTo(proxy.brokers), {
    ...{ transactionalId, transactionTimeoutMs: 60_000 },
    reach: { topics: [topic] },
  });
  onTestFinished(async () => {
    proxy.clear();
    await producer.close();
    await proxy.close();
  });
  return { producer, proxy };
};

const write = (producer: TransactionalProducer, topic: string, value: string, isKept = true) =>
  producer.transaction(async (transaction) => {
    const record = { key: null, value: Buffer.from(value) };
    await transaction.send(
      [MARKED, LEFT_OUT].map((partition) => ({ topic, partition, records: [record] })),
    );
    if (!isKept) throw new Error('changed my mind');
  });

/** Of one topic and two partitions, AddPartitionsToTxn names the first only. */
const withoutSecondPartition = (body: Buffer): Buffer => {
  const changed = Buffer.from(body.subarray(0, body.length - 4));
  changed.writeInt32BE(1, body.length - 12);
  return changed;
};

/** Commits `before`, and then ends `last`, of which one partition is not told; unless left out, with the connection broken. */
const leaveOut = async (
  { producer, proxy }: Instance,
  topic: string,
  outcome: Outcome,
  { isBroken = true } = {},
) => {
  await write(producer, topic, 'before');
  await producer.settle();
  proxy.rewriteRequest(API.addPartitionsToTxn, withoutSecondPartition);
  if (isBroken) proxy.loseAnswer(API.endTxn);
  const writing = write(producer, topic, 'last', outcome === 'commit');
  if (outcome === 'commit') await writing;
  else await expect(writing).rejects.toThrow('changed my mind');
};

type Outcome = 'commit' | 'abort';
const valuesOf = async (topic: string, partition = LEFT_OUT): Promise<readonly string[]> => {
  const options = { partition, patienceMs: 0 };
  const records = await readCommitted(stack.endpoints.kafkaBrokers, topic, options);
  return records.map(({ value }) => String(value));
};

/** What is asked last, and whether the broker still does it. */
const stops = [
  ['endTxn', 'held'],
  ['endTxn', 'done'],
  ['initProducerId', 'held'],
  ['initProducerId', 'done'],
  ['addPartitionsToTxn', 'held'],
  ['addPartitionsToTxn', 'done'],
] as const;
type Stop = (typeof stops)[number];
const stop = ({ proxy }: Instance, [api, how]: Stop): (() => void) =>
  how === 'held' ? proxy.hold(API[api]) : proxy.holdAnswers(API[api]);

const hasAsked = ({ proxy }: Instance, [api]: Stop) => {
  const soFar = proxy.requests(API[api]).length;
  return () =>
    expect.poll(() => proxy.requests(API[api]).length, { interval: 5 }).toBeGreaterThan(soFar);
};

const expectEnd = async (successor: TransactionalProducer, topic: string, outcome: Outcome) => {
  await successor.fence();
  await successor.settle();
  const kept = outcome === 'commit' ? ['before', 'last'] : ['before'];
  expect(await valuesOf(topic)).toEqual(kept);
  await write(successor, topic, 'after');
  await successor.settle();
  expect(await valuesOf(topic)).toEqual([...kept, 'after']);
  expect(await valuesOf(topic, MARKED)).toEqual([...kept, 'after']);
};

test('a marker is left out here: what was committed is hidden on one partition only', async () => {
  const topic = await topicOf();
  const first = await instanceOf(uniqueName('left-out'), topic);
  await leaveOut(first, topic, 'commit');
  // by itself it would say the end again before long
  const releases = stops.map((at) => stop(first, at));
  await expect.poll(() => valuesOf(topic, MARKED)).toEqual(['before', 'last']);
  expect(await valuesOf(topic)).toEqual(['before']);
  for (const release of releases) release();
});

test.each(stops.flatMap((at) => [[...at, 'commit'] as const, [...at, 'abort'] as const]))(
  'a producer that is stopped while it goes on, its %s %s: the one that takes over ends it with %s',
  async (api, how, outcome) => {
    const [topic, id] = [await topicOf(), uniqueName('left-out')];
    const first = await instanceOf(id, topic);
    await leaveOut(first, topic, outcome);
    const asked = hasAsked(first, [api, how]);
    const release = stop(first, [api, how]);
    const never = write(first.producer, topic, 'never').catch(() => undefined);
    await asked();
    const { producer } = await instanceOf(id, topic);
    await expectEnd(producer, topic, outcome);
    release();
    await never;
  },
);

test('a connection that breaks when the next transaction is announced: none is open until the end is said again', async () => {
  const [topic, id] = [await topicOf(), uniqueName('left-out')];
  const first = await instanceOf(id, topic);
  await leaveOut(first, topic, 'commit', { isBroken: false });
  first.proxy.loseRequest(API.addPartitionsToTxn);
  const never = write(first.producer, topic, 'never').catch(() => undefined);
  const asked = hasAsked(first, ['addPartitionsToTxn', 'done']);
  const release = stop(first, ['addPartitionsToTxn', 'done']);
  await asked();
  await expect.poll(() => first.proxy.requests(API.addPartitionsToTxn).length).toBe(4);
  const { producer } = await instanceOf(id, topic);
  await expectEnd(producer, topic, 'commit');
  release();
  await never;
});

test.each(stops.slice(2).flatMap((at) => [[...at, 'commit'] as const, [...at, 'abort'] as const]))(
  'one that is stopped while it takes over, its %s %s: the next ends it with %s',
  async (api, how, outcome) => {
    const [topic, id] = [await topicOf(), uniqueName('left-out')];
    await leaveOut(await instanceOf(id, topic), topic, outcome);
    const second = await instanceOf(id, topic);
    const asked = hasAsked(second, [api, how]);
    const release = stop(second, [api, how]);
    const never = second.producer.fence().catch(() => undefined);
    await asked();
    const { producer } = await instanceOf(id, topic);
    await expectEnd(producer, topic, outcome);
    release();
    await never;
  },
);

test.each(['commit', 'abort'] as const)(
  'one that goes on by itself ends it with %s',
  async (outcome) => {
    const topic = await topicOf();
    const first = await instanceOf(uniqueName('left-out'), topic);
    await leaveOut(first, topic, outcome);
    await expectEnd(first.producer, topic, outcome);
  },
);
