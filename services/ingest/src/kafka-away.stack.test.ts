import {
  createEventProject,
  type EventProject,
  type FaultProxy,
  type ServiceProcess,
  stackUnderTest,
  startFaultProxy,
  startService,
} from '@millrace/testkit';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';

let fixture: EventProject;
let proxy: FaultProxy;
/** Waits for Kafka longer than any outage here lasts. */
let patientDoor: ServiceProcess;
/** Gives up on Kafka soon. */
let door: ServiceProcess;

beforeAll(async () => {
  const stack = stackUnderTest();
  fixture = await createEventProject(stack);
  proxy = await startFaultProxy({ target: stack.kafkaBrokers, rewriteAdvertisedPort: true });
  const startDoor = async (acknowledgeTimeout: string) => {
    const started = await startService('ingest', {
      ...fixture.env,
      MILLRACE_KAFKA_BROKERS: proxy.address,
      MILLRACE_INGEST_DRAIN: '50ms',
      MILLRACE_INGEST_ACKNOWLEDGE_TIMEOUT: acknowledgeTimeout,
      MILLRACE_INGEST_QUEUE_MAX: '4MiB',
    });
    await started.ready();
    return started;
  };
  [patientDoor, door] = await Promise.all([startDoor('60s'), startDoor('3s')]);
  for (const one of [patientDoor, door])
    await vi.waitFor(async () => expect((await post(one, 'warm-up')).status).toBe(202), 60_000);
});
afterEach(() => proxy.restore());
afterAll(async () => {
  await Promise.all([patientDoor?.stop(), door?.stop()]);
  await proxy?.close();
  await fixture?.remove();
});

const post = async (to: ServiceProcess, id: string, note: string | null = null) => {
  const response = await fetch(to.url + fixture.orders, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ order_id: id, amount: 1, placed_at: 0, note }),
  });
  const body = (await response.json()) as { code?: string; duplicates?: number };
  return { status: response.status, retryAfter: response.headers.get('retry-after'), ...body };
};
const timesOnTopic = async (id: string) =>
  (await fixture.ids('orders')).filter((found) => found === id).length;
const queuedBytes = () => patientDoor.metric('millrace_ingest_queue_bytes');

test('requests that come while Kafka is away for a moment wait, and are accepted when it is back', async () => {
  proxy.cut();
  let answered = false;
  const waiting = post(patientDoor, 'short-outage').finally(() => {
    answered = true;
  });
  // Its 64 bytes, its event and the request itself as the memory that they take.
  await expect.poll(queuedBytes).toBe(3 * 64 + 300 + 6 * 1024);
  expect(answered).toBe(false);
  proxy.restore();
  expect(await waiting).toMatchObject({ status: 202 });
  expect(await timesOnTopic('short-outage')).toBe(1);
});

test('an outage above the acknowledge timeout is answered with 503 and Retry-After; the retry is accepted', async () => {
  proxy.cut();
  expect(await post(door, 'long-outage')).toMatchObject({
    status: 503,
    retryAfter: '2',
    code: 'ingest.kafka-unavailable',
  });
  proxy.restore();
  await expect.poll(() => post(door, 'long-outage')).toMatchObject({ status: 202 });
  expect(await timesOnTopic('long-outage')).toBe(1);
});

test('a write whose acknowledgement was lost is found on Kafka, and the retry does not write it again', async () => {
  proxy.dropResponses();
  expect(await post(door, 'lost-answer')).toMatchObject({ status: 503 });
  expect(await timesOnTopic('lost-answer')).toBe(1);
  proxy.restore();
  await expect
    .poll(() => post(door, 'lost-answer'), { timeout: 120_000 })
    .toMatchObject({ status: 202, duplicates: 1 });
  expect(await timesOnTopic('lost-answer')).toBe(1);
});

test('a repeat that comes while the first is on its way shares its fate', async () => {
  proxy.stall();
  const first = post(patientDoor, 'twins');
  await expect.poll(queuedBytes).toBeGreaterThan(0);
  const second = post(patientDoor, 'twins');
  proxy.restore();
  expect(await Promise.all([first, second])).toMatchObject([
    { status: 202 },
    { status: 202, duplicates: 1 },
  ]);
  expect(await timesOnTopic('twins')).toBe(1);
});

test('beyond the queue bound requests are turned away at once with 503, and those inside are kept', async () => {
  proxy.stall();
  const note = 'x'.repeat(500_000);
  const kept = ['queued-1', 'queued-2'].map((id) => post(patientDoor, id, note));
  await expect.poll(queuedBytes).toBeGreaterThan(3_000_000);
  const startedMs = performance.now();
  expect(await post(patientDoor, 'queued-3', note)).toMatchObject({
    status: 503,
    retryAfter: '2',
    code: 'ingest.queue-full',
  });
  // Far below the minute that it would wait for Kafka.
  expect(performance.now() - startedMs).toBeLessThan(20_000);
  proxy.restore();
  expect(await Promise.all(kept)).toMatchObject([{ status: 202 }, { status: 202 }]);
  expect(await timesOnTopic('queued-3')).toBe(0);
});
