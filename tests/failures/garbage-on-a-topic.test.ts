/** Garbage among good records, while the sink is killed: the good land once, the garbage is kept once, byte for byte. */
import { frame } from '@millrace/avro';
import type { OutgoingRecord } from '@millrace/kafka';
import { type RunningStack, startStack } from '@millrace/stack';
import {
  createFlightsWorld,
  evictMembers,
  type FlightsWorld,
  momentOfChance,
  startService,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

let stack: RunningStack;
let world: FlightsWorld;

beforeAll(async () => {
  stack = await startStack({ backend: 'embedded' });
  world = await createFlightsWorld(stack.endpoints);
});
afterAll(async () => {
  await world?.drop();
  await stack?.stop();
});

/** A garbage record of each kind in turn; what it says makes it unlike every other. */
function garbage(index: number): OutgoingRecord {
  const good = world.departure(1_000_000 + index).value!;
  const kinds: readonly Buffer[] = [
    Buffer.from(`{"flight_id":"F${index}"}`),
    good.subarray(0, -1 - (index % 8)),
    Buffer.concat([good, Buffer.from([index % 256])]),
    frame(2_000_000_000, good.subarray(5)),
  ];
  return { key: Buffer.from(`g${index}`), value: kinds[index % kinds.length]! };
}

test('through kills, the good records land once and the garbage is in the dead letter topic once', async () => {
  const topic = world.contract.topic.name;
  const env = {
    ...world.env,
    MILLRACE_SINK_SCHEMA_WAIT: '500ms',
  };
  let good = 0;
  let bad = 0;
  for (let life = 0; life < 6; life += 1) {
    for (let partition = 0; partition < 4; partition += 1) {
      const records: OutgoingRecord[] = [];
      for (let row = 0; row < 200; row += 1) {
        if (row % 20 === 7) records.push(garbage(bad++));
        records.push(world.departure(good++));
      }
      await world.producer.send([{ topic, partition, records }]);
    }
    const sink = await startService('sink', env);
    await sink.ready();
    await momentOfChance(0, 1_200);
    sink.kill('SIGKILL');
    await sink.exited;
    await evictMembers(stack.endpoints.kafkaBrokers, world.group);
  }
  const last = await startService('sink', env);
  await expect
    .poll(() => world.landed(), { interval: 200 })
    .toEqual({ rows: good, positions: good, flights: good });
  await expect
    .poll(async () => (await world.deadLetters()).length, { interval: 500 })
    .toBeGreaterThanOrEqual(bad);
  await last.stop();
  const letters = await world.deadLetters();
  const kept = letters.map(({ key, value }) => `${key}:${value?.toString('base64')}`);
  const expected = Array.from({ length: bad }, (_, index) => garbage(index)).map(
    ({ key, value }) => `${key}:${value?.toString('base64')}`,
  );
  expect(kept.toSorted()).toEqual(expected.toSorted());
});
