import { createAdmin } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import { expect, test } from 'vitest';
import { createTransformWorld, type Reading } from './testing/transform-world.ts';

const readings = (from: number, to: number): Reading[] =>
  Array.from({ length: to - from }, (_, i) => ({
    ...{ sensor: `s${i % 7}`, at: 1_000 + from + i, value: from + i },
  }));

test('a transform goes on behind records that were removed before it had read them', async () => {
  const world = await createTransformWorld();
  await world.write(
    `from('in', { time: 'at' }).map(({ sensor, at, value }) => ({ name: sensor, at, total: value })).to('out');`,
  );
  const totals = async () =>
    (await world.results()).map(({ value }) => value!.total).sort((a, b) => a - b);
  const numbers = (from: number, to: number) => readings(from, to).map(({ value }) => value);
  const first = await world.start();
  await world.send(readings(0, 20));
  await expect.poll(totals).toEqual(numbers(0, 20));
  await first.stop();

  await world.send(readings(20, 40));
  const admin = createAdmin({
    ...{ brokers: world.brokers, clientId: 'millrace-test', logger: silentLogger },
  });
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
