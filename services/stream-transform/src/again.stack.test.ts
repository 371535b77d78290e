/** Dead letters that go through their transform once more: results once, whatever dies and however often it is asked. */
import { setTimeout } from 'node:timers/promises';
import { deadTopic, deadTransformedAgainTopic } from '@millrace/contracts';
import { letterKey, readLetterOutcomes } from '@millrace/dead-letters';
import { createAdmin, createTransactionalProducer } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { kafkaApi, stackUnderTest, startKafkaFaultProxy, uniqueName } from '@millrace/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { createTransformWorld, type TransformWorld } from './testing/transform-world.ts';

const strict = `from('in', { time: 'at' })
  .map(({ sensor, at, value }) => {
    if (value > 1000) throw new Error('too large');
    return { name: sensor, at, total: value };
  })
  .to('out');`;
const repaired = `from('in', { time: 'at' })
  .map(({ sensor, at, value }) => {
    if (value > 2000) throw new Error('still too large');
    return { name: sensor, at, total: value };
  })
  .to('out');`;

const readings = (values: readonly number[]) =>
  values.map((value, index) => ({ sensor: `s${index % 3}`, at: 1_000 + index, value }));
const connection = () => ({
  brokers: stackUnderTest().kafkaBrokers.split(','),
  clientId: 'millrace-test',
  logger: silentLogger,
});
const totals = async (world: TransformWorld) =>
  (await world.results()).map(({ value }) => value!.total).sort((a, b) => a - b);

const settingsFor = (world: TransformWorld, offsets: readonly number[], redrive: string) => ({
  MILLRACE_STREAM_TRANSFORM_TRANSFORMS: world.transform,
  MILLRACE_STREAM_TRANSFORM_AGAIN: `0:${offsets.join('+')}`,
  MILLRACE_STREAM_TRANSFORM_REDRIVE: redrive,
});

/** Runs the mode to its end; answers with the outcomes of the letters at these offsets. */
const again = async (
  world: TransformWorld,
  offsets: readonly number[],
  redrive: string,
  settings: Readonly<Record<string, string>> = {},
) => {
  const service = await world.start({ ...settingsFor(world, offsets, redrive), ...settings });
  await service.finished;
  await service.stop();
  return outcomesOf(offsets);
};
const outcomesOf = async (offsets: readonly number[]) => {
  const admin = createAdmin(connection());
  const topicId = await admin.topicId(deadTopic('stream-transform'));
  await admin.close();
  const outcomes = await readLetterOutcomes(connection());
  return offsets.map((offset) => outcomes.get(letterKey(topicId, 0, offset)));
};

test('with the transform repaired each letter has its result once, however often it is asked; what fails still is told and leaves nothing', async () => {
  const world = await createTransformWorld();
  await world.write(strict);
  await world.send(readings([1, 1001, 2, 1002, 3001, 3]));
  const live = await world.start();
  await expect.poll(async () => (await world.deadLetters()).length).toBe(3);
  await expect.poll(() => totals(world)).toEqual([1, 2, 3]);
  await live.stop();
  const before = (await world.deadLetters()).length;
  const offsets = (await world.deadLetters()).map(({ offset }) => offset);

  await world.write(repaired);
  const outcomes = await again(world, offsets, 'r1-1');
  expect(outcomes.map((one) => one?.outcome).sort()).toEqual(['refused-again', 'sent', 'sent']);
  expect(outcomes.find((one) => one?.outcome === 'refused-again')).toMatchObject({
    ...{ redrive: 'r1-1', code: 'transform.function-failed' },
    message: 'map-1: Error: still too large',
  });
  expect(await totals(world)).toEqual([1, 2, 3, 1001, 1002]);
  for (const { key, timeMs, value } of await world.results())
    expect({ key, timeMs }).toEqual({ key: value!.name, timeMs: value!.at });

  const repeated = await again(world, offsets, 'r2-1');
  expect(repeated.map((one) => one?.redrive).sort()).toEqual(['r1-1', 'r1-1', 'r2-1']);
  expect(await totals(world)).toEqual([1, 2, 3, 1001, 1002]);
  expect((await world.deadLetters()).length).toBe(before);
});

test('of a record whose other results may stand on their topics nothing is sent; of one that failed as a whole everything is, and nothing where a part is refused', async () => {
  const several = (limit: number) => `from('in', { time: 'at' })
    .flatMap(({ sensor, at, value }) => {
      if (value === 7 && ${limit} < 100) throw new Error('seven');
      return [value, value + 1].map((total) => ({ name: sensor, at, total }));
    })
    .validate(({ total }) => total < ${limit} || 'too large')
    .to('out');`;
  const world = await createTransformWorld();
  await world.write(several(50));
  await world.send(readings([7, 49, 149]));
  const live = await world.start();
  // 49 left one result beside its letter; 149 has two letters and no result
  await expect.poll(async () => (await world.deadLetters()).length).toBe(4);
  await live.stop();
  const letters = await world.deadLetters();
  const seven = letters.find(({ headers }) =>
    String(headers['__connect.errors.exception.message']).includes('seven'),
  )!;
  const others = letters.filter((one) => one !== seven).map(({ offset }) => offset);
  expect(await totals(world)).toEqual([49]);

  await world.write(several(150));
  const outcomes = await again(world, [seven.offset, ...others], 'r1-1');
  expect(outcomes[0]).toMatchObject({ outcome: 'sent' });
  for (const one of outcomes.slice(1))
    expect(one).toMatchObject({
      ...{ outcome: 'not-sent', message: 'other results of its record may stand on their topics' },
    });
  expect(await totals(world)).toEqual([7, 8, 49]);
});

test('one whose commit has no answer, and one that dies before it commits while another takes over, have each result once', async () => {
  const proxy = await startKafkaFaultProxy(stackUnderTest().kafkaBrokers);
  onTestFinished(() => proxy.close());
  const behind = {
    MILLRACE_KAFKA_BROKERS: proxy.brokers.join(','),
    MILLRACE_STREAM_TRANSFORM_TRANSACTION_TIMEOUT: '2s',
  };
  const world = await createTransformWorld();
  await world.write(strict);
  await world.send(readings([1001, 1002, 1003, 1004]));
  const live = await world.start();
  await expect.poll(async () => (await world.deadLetters()).length).toBe(4);
  await live.stop();
  const offsets = (await world.deadLetters()).map(({ offset }) => offset);
  await world.write(repaired);

  proxy.loseAnswer(kafkaApi.endTxn, 10_000);
  await again(world, offsets.slice(0, 2), 'r1-1', behind);
  const first = await totals(world);
  expect(first).toHaveLength(2);
  expect(world.warnings()).toContain('letters are taken again from the begin');
  proxy.clear();

  const release = proxy.hold(kafkaApi.endTxn);
  const dying = await world.start({ ...settingsFor(world, offsets, 'r1-2'), ...behind });
  await expect
    .poll(() => proxy.requests(kafkaApi.endTxn).some(({ answered }) => !answered))
    .toBe(true);
  expect(await totals(world)).toEqual(first);
  await again(world, offsets, 'r1-2');
  expect(await totals(world)).toEqual([1001, 1002, 1003, 1004]);
  release();
  await expect(dying.finished).rejects.toMatchObject({ code: 'kafka.fenced' });
  expect(await totals(world)).toEqual([1001, 1002, 1003, 1004]);
});

test('what another transform has left open hides no outcome, so that nothing is sent once more', async () => {
  const proxy = await startKafkaFaultProxy(stackUnderTest().kafkaBrokers);
  onTestFinished(() => proxy.close());
  const world = await createTransformWorld();
  await world.write(strict);
  await world.send(readings([1001, 1002]));
  const live = await world.start();
  await expect.poll(async () => (await world.deadLetters()).length).toBe(2);
  await live.stop();
  const offsets = (await world.deadLetters()).map(({ offset }) => offset);
  await world.write(repaired);
  const another = createTransactionalProducer(connection(), {
    transactionalId: uniqueName('another'),
    transactionTimeoutMs: 60_000,
  });
  onTestFinished(() => another.close());

  const release = proxy.hold(kafkaApi.produce);
  const behind = { MILLRACE_KAFKA_BROKERS: proxy.brokers.join(',') };
  const first = await world.start({ ...settingsFor(world, offsets, 'r1-1'), ...behind });
  await expect.poll(() => proxy.requests(kafkaApi.produce).length).toBeGreaterThan(0);
  const repeated = await another.transaction(async (transaction) => {
    const record = { key: Buffer.from('another/0/0'), value: null };
    await transaction.send([{ topic: deadTransformedAgainTopic, partition: 0, records: [record] }]);
    release();
    await first.finished;
    const second = await world.start(settingsFor(world, offsets, 'r1-1'));
    // the run that did not wait for the other ended by itself within that time; one that waits goes on behind it
    await Promise.race([second.finished, setTimeout(1_000)]);
    return second;
  });
  await repeated.finished;
  expect(await totals(world)).toEqual([1001, 1002]);
});
