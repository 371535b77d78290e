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
let door: ServiceProcess;

beforeAll(async () => {
  const stack = stackUnderTest();
  fixture = await createEventProject(stack);
  proxy = await startFaultProxy({ target: stack.kafkaBrokers, rewriteAdvertisedPort: true });
  door = await startService('ingest', {
    ...fixture.env,
    MILLRACE_KAFKA_BROKERS: proxy.address,
    MILLRACE_INGEST_DRAIN: '50ms',
    MILLRACE_INGEST_ACKNOWLEDGE_TIMEOUT: '3s',
    MILLRACE_INGEST_QUEUE_MAX: '1MiB',
  });
  await door.ready();
  expect((await post('warm-up')).status).toBe(202);
});
afterEach(() => proxy.restore());
afterAll(async () => {
  await door?.stop();
  await proxy?.close();
  await fixture?.remove();
});

const post = async (id: string, note: string | null = null) => {
  const response = await fetch(door.url + fixture.orders, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ order_id: id, amount: 1, placed_at: 0, note }),
  });
  const body = (await response.json()) as { code?: string; duplicates?: number };
  return { status: response.status, retryAfter: response.headers.get('retry-after'), ...body };
};
const timesOnTopic = async (id: string) =>
  (await fixture.ids('orders')).filter((found) => found === id).length;

test('requests that come while Kafka is away for a moment wait, and are accepted when it is back', async () => {
  proxy.cut();
  let answered = false;
  const waiting = post('short-outage').finally(() => {
    answered = true;
  });
  await vi.waitFor(async () =>
    expect(await door.metric('millrace_ingest_queue_bytes')).toBeGreaterThan(0),
  );
  expect(answered).toBe(false);
  proxy.restore();
  expect(await waiting).toMatchObject({ status: 202 });
  expect(await timesOnTopic('short-outage')).toBe(1);
});

test('an outage above the acknowledge timeout is answered with 503 and Retry-After; the retry is accepted', async () => {
  proxy.cut();
  expect(await post('long-outage')).toMatchObject({
    status: 503,
    retryAfter: '2',
    code: 'ingest.kafka-unavailable',
  });
  proxy.restore();
  await vi.waitFor(async () => expect((await post('long-outage')).status).toBe(202), 20_000);
  expect(await timesOnTopic('long-outage')).toBe(1);
});

test('a write whose acknowledgement was lost is found on Kafka, and the retry does not write it again', async () => {
  proxy.dropResponses();
  expect(await post('lost-answer')).toMatchObject({ status: 503 });
  expect(await timesOnTopic('lost-answer')).toBe(1);
  proxy.restore();
  await vi.waitFor(
    async () => expect(await post('lost-answer')).toMatchObject({ status: 202, duplicates: 1 }),
    80_000,
  );
  expect(await timesOnTopic('lost-answer')).toBe(1);
}, 100_000);

test('a repeat that comes while the first is on its way shares its fate', async () => {
  proxy.stall();
  const first = post('twins');
  await vi.waitFor(async () =>
    expect(await door.metric('millrace_ingest_queue_bytes')).toBeGreaterThan(0),
  );
  const second = post('twins');
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
  const kept = [post('queued-1', note), post('queued-2', note)];
  await vi.waitFor(async () =>
    expect(await door.metric('millrace_ingest_queue_bytes')).toBeGreaterThan(1_000_000),
  );
  const startedMs = performance.now();
  expect(await post('queued-3', note)).toMatchObject({
    status: 503,
    retryAfter: '2',
    code: 'ingest.queue-full',
  });
  expect(performance.now() - startedMs).toBeLessThan(1000);
  proxy.restore();
  expect(await Promise.all(kept)).toMatchObject([{ status: 202 }, { status: 202 }]);
  expect(await timesOnTopic('queued-3')).toBe(0);
});
