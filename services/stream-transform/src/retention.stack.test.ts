/** Source topics that retention emptied, and that were deleted and made again. */
import { createAdmin } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { pace } from '@millrace/testkit';
import { expect, test } from 'vitest';
import {
  createTransformWorld,
  type Reading,
  type TransformWorld,
} from './testing/transform-world.ts';

const readings = (from: number, to: number): Reading[] =>
  Array.from({ length: to - from }, (_, i) => ({
    ...{ sensor: `s${i % 7}`, at: 1_000 + from + i, value: from + i },
  }));

const passedOn = `from('in', { time: 'at' }).map(({ sensor, at, value }) => ({ name: sensor, at, total: value })).to('out');`;
const numbers = (from: number, to: number) => readings(from, to).map(({ value }) => value);
const totalsOf = async (world: TransformWorld) =>
  (await world.results()).map(({ value }) => value!.total).sort((a, b) => a - b);
const adminOf = ({ brokers }: TransformWorld) =>
  createAdmin({ ...{ brokers, clientId: 'millrace-test', logger: silentLogger } });

test('a transform goes on behind records that were removed before it had read them', async () => {
  const world = await createTransformWorld();
  await world.write(passedOn);
  const totals = () => totalsOf(world);
  const first = await world.start();
  await world.send(readings(0, 20));
  await expect.poll(totals).toEqual(numbers(0, 20));
  await first.stop();

  await world.send(readings(20, 40));
  const admin = adminOf(world);
  const topic = `events.${world.domain}.in`;
  const ends = await admin.partitionOffsets(topic);
  await admin.deleteRecords(
    ends.map(({ partition, high }) => ({ topic, partition, offset: high })),
  );
  await admin.close();
  await world.send(readings(40, 60));

  await world.start();
  await expect.poll(totals).toEqual([...numbers(0, 20), ...numbers(40, 60)]);
});

test('a transform reads a source that was deleted and made again from its start, at work and after a stop', async () => {
  const world = await createTransformWorld();
  // that a source is silent is told to the next stage, with where it stands: also while the topic is away
  await world.write(
    `from('in', { time: 'at', idle: { after: '1 s', action: 'advance' } })
      .keyBy(({ value }) => value)
      .aggregate({ at: streams.max(({ at }) => at), total: streams.max(({ value }) => value) })
      .map(({ key, value }) => ({ name: key, at: value.at, total: value.total }))
      .to('out');`,
  );
  const admin = adminOf(world);
  const topic = `events.${world.domain}.in`;
  const makeAgain = async () => {
    await admin.deleteTopics([topic]);
    await pace(2_000);
    const config = { 'retention.ms': '-1' };
    await admin.createTopics([{ name: topic, partitions: 2, replicationFactor: 1, config }]);
  };
  const first = await world.start();
  await world.send(readings(0, 20));
  await expect.poll(() => totalsOf(world)).toEqual(numbers(0, 20));
  await makeAgain();
  await world.send(readings(20, 30));
  await expect.poll(() => totalsOf(world), { timeout: 30_000 }).toEqual(numbers(0, 30));
  await first.stop();

  await makeAgain();
  // more than were read of the one before: an offset alone would begin in the middle
  await world.send(readings(30, 60));
  await world.start();
  await expect.poll(() => totalsOf(world), { timeout: 30_000 }).toEqual(numbers(0, 60));
  await admin.close();
});
