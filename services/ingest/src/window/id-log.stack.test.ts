/** What a door knows of ids that it did not take itself: from other doors, and from before its start. */
import { createAdmin } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import type { EventProject, ServiceProcess } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDoorsUnderTest, type DoorsUnderTest, postTo } from '../testing/doors-under-test.ts';

let under: DoorsUnderTest;
let fixture: EventProject;
let startDoor: DoorsUnderTest['start'];

beforeAll(async () => {
  under = await createDoorsUnderTest({
    MILLRACE_INGEST_WINDOW_SHARE: '100ms',
    // Nothing of a topic is read but what no block tells.
    MILLRACE_INGEST_RESTORE_EVENTS: '0',
  });
  ({ fixture, start: startDoor } = under);
});
afterAll(() => under?.close());

const orders = (name: string, count: number) =>
  Array.from({ length: count }, (_, no) => ({
    order_id: `${name}-${no}`,
    amount: 1,
    placed_at: 0,
  }));
const post = async (door: ServiceProcess, events: readonly object[]) =>
  (await postTo(door, fixture.orders, JSON.stringify(events))).body as {
    accepted: number;
    duplicates?: number;
  };
const known = (door: ServiceProcess) =>
  door.metric(`millrace_ingest_window_events{topic="events.${fixture.domain}.orders"}`);
const expectOnce = async (name: string, count: number) => {
  const ids = (await fixture.ids('orders')).filter((id) => id.startsWith(`${name}-`));
  expect(ids).toHaveLength(count);
  expect(new Set(ids).size).toBe(count);
};

test('a repeat that goes to another door is recognised, there and after that one’s kill', async () => {
  const [here, there] = await Promise.all([startDoor(), startDoor()]);
  const events = orders('shared', 100);
  expect(await post(here, events)).toEqual({ accepted: 100 });
  await expect.poll(() => known(there)).toBe(100);
  expect(await post(there, events)).toEqual({ accepted: 100, duplicates: 100 });

  // Killed before or after it told of these: the next one knows them.
  const last = orders('last', 50);
  expect(await post(here, last)).toEqual({ accepted: 50 });
  here.kill('SIGKILL');
  await here.exited;
  const next = await startDoor();
  expect(await post(next, [...events, ...last])).toEqual({ accepted: 150, duplicates: 150 });
  await expectOnce('shared', 100);
  await expectOnce('last', 50);
});

test('ids are known after a restart when their records are gone from the topic', async () => {
  const topic = `events.${fixture.domain}.orders`;
  const events = orders('gone', 40);
  const door = await startDoor();
  await post(door, events);
  await door.stop();
  const admin = createAdmin({
    brokers: fixture.env['MILLRACE_KAFKA_BROKERS']!.split(','),
    clientId: 'millrace-test',
    logger: silentLogger,
  });
  const ends = await admin.partitionOffsets(topic);
  await admin.deleteRecords(
    ends.map(({ partition, high }) => ({ topic, partition, offset: high })),
  );
  await admin.close();
  const next = await startDoor();
  expect(await post(next, events)).toEqual({ accepted: 40, duplicates: 40 });
  await expectOnce('gone', 0);
});

test('a window that holds less than is promised says how far back it reaches, once', async () => {
  const door = await startDoor({ MILLRACE_INGEST_WINDOW_EVENTS: '2000' });
  for (let batch = 0; batch < 3; batch += 1) await post(door, orders(`many-${batch}`, 500));
  expect(await known(door)).toBe(1000);
  await expect
    .poll(() => door.lines.filter((line) => line.includes('MILLRACE_INGEST_WINDOW_EVENTS')))
    .toHaveLength(1);
  const reach = `millrace_ingest_window_reach_seconds{topic="events.${fixture.domain}.orders"}`;
  expect(await door.metric(reach)).toBeLessThan(3600);
});
