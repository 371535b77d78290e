/** Commits that fail, whose outcome nobody knows, or that come from an owner who was replaced meanwhile. */
import { taskTransactionalId } from '@millrace/contracts';
import { createTransactionalProducer } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import {
  type KafkaFaultProxy,
  kafkaApi,
  stackUnderTest,
  startKafkaFaultProxy,
} from '@millrace/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { createTransformWorld, type Reading } from './testing/transform-world.ts';

const double = `from('in', { time: 'at' })
  .map(({ sensor, at, value }) => ({ name: sensor, at, total: value * 2 }))
  .to('out');`;

/** All of one partition, and so of one task. */
const readings = (from: number, to: number): Reading[] =>
  Array.from({ length: to - from }, (_, i) => ({ sensor: 's0', at: from + i, value: from + i }));

const behindProxy = async () => {
  const proxy = await startKafkaFaultProxy(stackUnderTest().kafkaBrokers);
  onTestFinished(() => proxy.close());
  const world = await createTransformWorld(proxy.brokers);
  await world.write(double);
  const totals = async () => (await world.results()).map(({ value }) => value!.total);
  const expected = (to: number) => readings(0, to).map(({ value }) => value * 2);
  await world.start({ MILLRACE_STREAM_TRANSFORM_TRANSACTION_TIMEOUT: '2s' });
  await world.send(readings(0, 10));
  await expect.poll(totals).toEqual(expected(10));
  return { proxy, world, totals, expected };
};

/** A commit was given up: the task has taken its transactional id anew. */
const begunAgain = (proxy: KafkaFaultProxy, before: number) =>
  expect.poll(() => proxy.requests(kafkaApi.initProducerId).length).toBeGreaterThan(before);

/** Throttle time, COORDINATOR_NOT_AVAILABLE. */
const notAvailable = () => Buffer.from([0, 0, 0, 0, 0, 15]);

test('a commit that was carried out, but whose answer never came, is not repeated', async () => {
  const { proxy, world, totals, expected } = await behindProxy();
  const before = proxy.requests(kafkaApi.initProducerId).length;
  proxy.loseAnswer(kafkaApi.endTxn, 10_000);
  await world.send(readings(10, 20));
  await expect.poll(totals).toEqual(expected(20));
  await expect.poll(() => proxy.requests(kafkaApi.endTxn).length).toBeGreaterThan(4);
  await expect
    .poll(() => world.warnings())
    .toContainEqual('a commit failed; beginning again at what is committed');
  proxy.clear();
  await world.send(readings(20, 30));
  await expect.poll(totals).toEqual(expected(30));
  await begunAgain(proxy, before);
});

test('a commit that did not come through is done again, out of the records in memory', async () => {
  const { proxy, world, totals, expected } = await behindProxy();
  const before = proxy.requests(kafkaApi.initProducerId).length;
  proxy.answerInstead(kafkaApi.endTxn, notAvailable, 10_000);
  await world.send(readings(10, 20));
  await expect.poll(() => proxy.requests(kafkaApi.endTxn).length).toBeGreaterThan(4);
  expect(await totals()).toEqual(expected(10));
  await expect
    .poll(() => world.warnings())
    .toContainEqual('a commit failed; beginning again at what is committed');
  proxy.clear();
  await world.send(readings(20, 30));
  await expect.poll(totals).toEqual(expected(30));
  await begunAgain(proxy, before);
});

test('an owner that was replaced amid a commit cannot commit any more, and takes nothing of its own for done', async () => {
  const { proxy, world, totals, expected } = await behindProxy();
  const partition = (await world.results())[0]!.partition;
  const release = proxy.hold(kafkaApi.endTxn);
  await world.send(readings(10, 20));
  await expect
    .poll(() => proxy.requests(kafkaApi.endTxn).some(({ answered }) => !answered))
    .toBe(true);
  const successor = createTransactionalProducer(
    {
      brokers: stackUnderTest().kafkaBrokers.split(','),
      clientId: 'millrace-test',
      logger: silentLogger,
    },
    {
      transactionalId: taskTransactionalId(world.transform, 0, partition),
      transactionTimeoutMs: 10_000,
    },
  );
  await successor.fence();
  await successor.close();
  // The group still says that it is the owner: it takes the task back, and is held there.
  const before = proxy.requests(kafkaApi.initProducerId).length;
  const takeBack = proxy.hold(kafkaApi.initProducerId);
  release();
  await begunAgain(proxy, before);
  expect(await totals()).toEqual(expected(10));
  takeBack();
  await world.send(readings(20, 30));
  await expect.poll(totals).toEqual(expected(30));
});
