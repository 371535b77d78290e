/** The door with a disk spool while Kafka is away: what it answers, and that every event arrives once, in order. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createEventProject,
  type EventProject,
  type FaultProxy,
  type ServiceProcess,
  stackUnderTest,
  startFaultProxy,
  startService,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

let fixture: EventProject;
let proxy: FaultProxy;
let door: ServiceProcess;
let directory: string;

const startDoor = async () => {
  door = await startService('ingest', {
    ...fixture.env,
    MILLRACE_KAFKA_BROKERS: proxy.address,
    MILLRACE_INGEST_DRAIN: '50ms',
    MILLRACE_INGEST_SPOOL_DIR: directory,
    MILLRACE_INGEST_SPOOL_AFTER: '300ms',
    MILLRACE_INGEST_SPOOL_MAX: '1MiB',
    MILLRACE_INGEST_ACKNOWLEDGE_TIMEOUT: '5s',
  });
  await door.ready();
};
const killDoor = async () => {
  door.kill('SIGKILL');
  await door.exited;
};

beforeAll(async () => {
  const stack = stackUnderTest();
  directory = await mkdtemp(join(tmpdir(), 'millrace-spool-'));
  fixture = await createEventProject(stack, { orders: 'ingest: { spool: true }\n' });
  proxy = await startFaultProxy({ target: stack.kafkaBrokers, rewriteAdvertisedPort: true });
  await startDoor();
});
afterAll(async () => {
  await door?.stop();
  await proxy?.close();
  await fixture?.remove();
  await rm(directory, { recursive: true, force: true });
});

const postTo = async (path: string, event: unknown) => {
  const response = await fetch(door.url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(event),
  });
  const body = (await response.json()) as { code?: string; duplicates?: number; spooled?: number };
  return { status: response.status, ...body };
};
const orderOf = (id: string, note: string | null = null) => ({
  ...{ order_id: id, amount: 1, placed_at: 0, note },
});
const post = (id: string, note?: string) => postTo(fixture.orders, orderOf(id, note));
/** A batch stays together on its partition, so its order can be seen. */
const postBatch = (...ids: readonly string[]) =>
  postTo(
    fixture.orders,
    ids.map((id) => orderOf(id)),
  );
const spoolBytes = () =>
  door.metric(`millrace_ingest_spool_bytes{topic="events.${fixture.domain}.orders"}`);
const onTopic = async (prefix: string) =>
  (await fixture.ids('orders')).filter((id) => id.startsWith(prefix)).toSorted();
let probes = 0;
/** Kafka answers, and the door has told it so. */
const isDirect = () => expect.poll(() => post(`probe-${probes++}`)).not.toHaveProperty('spooled');
const isDrained = () => expect.poll(spoolBytes, { interval: 50 }).toBe(0);

test('events are taken onto the disk, survive kill -9 and a start without Kafka, and arrive once', async () => {
  const first = await post('away-0');
  expect(first).toMatchObject({ status: 202, accepted: 1 });
  proxy.cut();
  expect(await post('away-1')).toEqual({ status: 202, accepted: 1, spooled: 1 });
  expect(await postBatch('away-2', 'away-3')).toEqual({ status: 202, accepted: 2, spooled: 2 });
  expect(await post('away-1')).toMatchObject({ status: 202, duplicates: 1 });
  await killDoor();
  await startDoor();
  // Ids of the disk are known at once; those of the topic are compared when the disk is written.
  expect(await post('away-1')).toMatchObject({ status: 202, duplicates: 1 });
  // On a busy machine Kafka may have been late for the first one, which is on the disk then.
  const again = first.spooled === undefined ? { spooled: 1 } : { duplicates: 1 };
  expect(await post('away-0')).toMatchObject({ status: 202, ...again });
  expect(await post('away-4')).toMatchObject({ status: 202, spooled: 1 });
  expect(await postTo(fixture.readings, { sensor: 'a', value: 1 })).toMatchObject({
    status: 503,
    code: 'ingest.kafka-unavailable',
  });
  proxy.restore();
  await isDrained();
  await expect.poll(() => onTopic('away')).toEqual([0, 1, 2, 3, 4].map((n) => `away-${n}`));
  expect(await post('away-4')).toMatchObject({ status: 202, duplicates: 1 });
  await expect
    .poll(() => postTo(fixture.readings, { sensor: 'a', value: 1 }))
    .toMatchObject({ status: 202 });
});

test('a write whose acknowledgement was lost is on Kafka once, by the same process', async () => {
  await isDirect();
  proxy.dropResponses();
  expect(await post('lost-1')).toMatchObject({ status: 202, spooled: 1 });
  await expect.poll(() => onTopic('lost')).toEqual(['lost-1']);
  expect(await post('lost-2')).toMatchObject({ status: 202, spooled: 1 });
  proxy.cut();
  proxy.restore();
  await isDrained();
  await expect.poll(() => onTopic('lost')).toEqual(['lost-1', 'lost-2']);
});

test('and by the next process, when that one was killed before it knew', async () => {
  await isDirect();
  proxy.dropResponses();
  expect(await post('gone-1')).toMatchObject({ status: 202, spooled: 1 });
  await expect.poll(() => onTopic('gone')).toEqual(['gone-1']);
  expect(await post('gone-2')).toMatchObject({ status: 202, spooled: 1 });
  await killDoor();
  proxy.restore();
  await startDoor();
  await isDrained();
  await expect.poll(() => onTopic('gone')).toEqual(['gone-1', 'gone-2']);
});

test('what was accepted before is not written again by a door that starts without Kafka and with nothing on its disk', async () => {
  // One that Kafka has: on a busy machine it may be late for some, which go over the disk.
  const ids: string[] = [];
  const sendNext = () => {
    ids.push(`again-${String(ids.length).padStart(3, '0')}`);
    return post(ids.at(-1)!);
  };
  await expect.poll(sendNext).toEqual({ status: 202, accepted: 1 });
  await isDrained();
  proxy.cut();
  await killDoor();
  await startDoor();
  expect(await post(ids.at(-1)!)).toMatchObject({ status: 202, spooled: 1 });
  expect(await sendNext()).toMatchObject({ status: 202, spooled: 1 });
  proxy.restore();
  await isDirect();
  await isDrained();
  await expect.poll(() => onTopic('again')).toEqual(ids);
});

test('the order of a partition is that of the answers, into an outage, through it and out of it', async () => {
  let sent = 0;
  let done = false;
  const answers: unknown[] = [];
  const sending = (async () => {
    while (!done) {
      const id = `order-${String(sent++).padStart(6, '0')}`;
      const { status, spooled } = await post(id);
      expect(status).toBe(202);
      answers.push(spooled);
    }
  })();
  const after = (count: number) =>
    expect.poll(() => answers.length, { interval: 5 }).toBeGreaterThan(count);
  await after(100);
  proxy.cut();
  await expect.poll(() => answers.filter(Boolean).length, { interval: 5 }).toBeGreaterThan(200);
  proxy.restore();
  await expect.poll(() => answers.at(-1), { interval: 5 }).toBeUndefined();
  await after(answers.length + 100);
  done = true;
  await sending;
  const onTopicInAll = async () => (await onTopic('order')).length;
  await expect.poll(onTopicInAll).toBe(sent);
  const perPartition = Map.groupBy(await fixture.records('orders'), ({ partition }) => partition);
  for (const records of perPartition.values()) {
    const ids = records
      .map(({ headers }) => String(headers['ce_id']))
      .filter((id) => id.startsWith('order-'));
    expect(ids).toEqual(ids.toSorted());
    expect(new Set(ids).size).toBe(ids.length);
  }
});

test('a full spool is answered with 503, and what it took arrives', async () => {
  proxy.cut();
  const note = 'x'.repeat(400_000);
  expect(await post('full-1', note)).toMatchObject({ status: 202, spooled: 1 });
  expect(await post('full-2', note)).toMatchObject({ status: 202, spooled: 1 });
  expect(await post('full-3', note)).toMatchObject({ status: 503, code: 'ingest.spool-full' });
  proxy.restore();
  await isDrained();
  await expect.poll(() => onTopic('full')).toEqual(['full-1', 'full-2']);
  expect(await post('full-3', note)).toMatchObject({ status: 202 });
});

test('a second door on the same directory is refused', async () => {
  const second = await startService('ingest', {
    ...fixture.env,
    MILLRACE_INGEST_SPOOL_DIR: directory,
  });
  expect(await second.exited).toMatchObject({ code: 1 });
  expect(second.lines.join('\n')).toContain('ingest.spool-locked');
});
