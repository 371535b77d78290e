import { request as httpRequest } from 'node:http';
import { compileReader } from '@millrace/avro';
import { partitionForKey } from '@millrace/kafka';
import type { EventProject, ServiceProcess } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDoorsUnderTest, type DoorsUnderTest, postTo } from './testing/doors-under-test.ts';

let doors: DoorsUnderTest;
let fixture: EventProject;
let door: ServiceProcess;

beforeAll(async () => {
  doors = await createDoorsUnderTest();
  fixture = doors.fixture;
  door = await doors.start();
});
afterAll(() => doors?.close());

const order = (id: string, extra: object = {}) => ({
  order_id: id,
  amount: 7,
  placed_at: '2026-11-22T10:00:00Z',
  ...extra,
});

const post = (
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
) => postTo(door, path, body, headers);
const ndjson = { 'content-type': 'application/x-ndjson' };
const lines = (...values: unknown[]) => values.map((value) => JSON.stringify(value)).join('\n');

test('one JSON object is accepted and is on Kafka when the answer comes, framed, with CloudEvents headers', async () => {
  const answer = await post(fixture.orders, JSON.stringify(order('one', { note: 'hello' })), {
    'ce-source': '/shop/7',
    'ce-type': 'shop.order.placed',
  });
  expect(answer).toMatchObject({ status: 202, body: { accepted: 1 } });
  const record = (await fixture.records('orders')).find(
    ({ headers }) => String(headers['ce_id']) === 'one',
  );
  expect(record?.key).toBeNull();
  const headers = Object.fromEntries(
    Object.entries(record?.headers ?? {}).map(([name, value]) => [name, String(value)]),
  );
  expect(headers).toMatchObject({
    ce_id: 'one',
    ce_source: '/shop/7',
    ce_type: 'shop.order.placed',
    ce_specversion: '1.0',
    'content-type': 'application/avro',
  });
  expect(headers['ce_time']).toMatch(/^\d{4}-\d\d-\d\dT/);
  const { streams } = (await (await fetch(`${door.url}/v1/streams`)).json()) as {
    streams: { path: string; schema: object }[];
  };
  const schema = streams.find(({ path }) => path === fixture.orders)?.schema;
  expect(compileReader(JSON.stringify(schema))(record!.value!.subarray(5))).toMatchObject({
    order_id: 'one',
    amount: 7,
    placed_at: Date.parse('2026-11-22T10:00:00Z'),
  });
});

test('an array and NDJSON are taken whole, and a keyless batch goes to one partition', async () => {
  expect((await post(fixture.orders, JSON.stringify([order('a1'), order('a2')]))).body).toEqual({
    accepted: 2,
  });
  const many = Array.from({ length: 500 }, (_, index) => order(`batch-${index}`));
  expect(await post(fixture.orders, lines(...many), ndjson)).toMatchObject({
    status: 202,
    body: { accepted: 500 },
  });
  const landed = (await fixture.records('orders')).filter(({ headers }) =>
    String(headers['ce_id']).startsWith('batch-'),
  );
  expect(landed).toHaveLength(500);
  expect(new Set(landed.map(({ partition }) => partition)).size).toBe(1);
});

test('a keyed event goes to the partition that every Kafka client would choose', async () => {
  const sensors = ['north', 'south', 'east', 'west', 'zürich'];
  await post(fixture.readings, JSON.stringify(sensors.map((sensor) => ({ sensor, value: 1.5 }))));
  const records = await fixture.records('readings');
  for (const sensor of sensors) {
    const record = records.find(({ key }) => String(key) === sensor);
    expect(record?.partition).toBe(partitionForKey(Buffer.from(sensor), 4));
  }
});

test('in a batch with faults the good events are accepted and each bad one is told why', async () => {
  const answer = await post(
    fixture.orders,
    [
      JSON.stringify(order('mixed-good')),
      JSON.stringify(order('mixed-type', { amount: 'many' })),
      JSON.stringify({ order_id: 'mixed-missing', amount: 1 }),
      '{"order_id": ',
      '',
      JSON.stringify(order('mixed-unknown', { colour: 'red' })),
    ].join('\n'),
    ndjson,
  );
  expect(answer.status).toBe(207);
  expect(answer.body).toMatchObject({ accepted: 1, rejected: 4 });
  expect(answer.body.results).toMatchObject([
    { index: 0, status: 'accepted' },
    {
      status: 'rejected',
      code: 'ingest.event-invalid',
      problems: [{ path: '/amount', rule: 'type' }],
    },
    { status: 'rejected', problems: [{ path: '/placed_at', rule: 'missing' }] },
    { status: 'rejected', code: 'ingest.json-invalid', message: expect.stringContaining('Line 4') },
    { status: 'rejected', problems: [{ path: '/colour', rule: 'unknown-field' }] },
  ]);
  expect((await fixture.ids('orders')).filter((id) => id.startsWith('mixed'))).toEqual([
    'mixed-good',
  ]);
});

test('a repeat of an id is answered as accepted and is not written again', async () => {
  await post(fixture.orders, JSON.stringify(order('again')));
  const repeat = await post(
    fixture.orders,
    JSON.stringify([order('again'), order('fresh'), order('fresh')]),
  );
  expect(repeat).toMatchObject({ status: 202, body: { accepted: 3, duplicates: 2 } });
  const ids = await fixture.ids('orders');
  expect(ids.filter((id) => id === 'again')).toHaveLength(1);
  expect(ids.filter((id) => id === 'fresh')).toHaveLength(1);
});

test('events without an id of their own can be sent again under ce-id or idempotency-key', async () => {
  const reading = JSON.stringify({ sensor: 'retry', value: 1 });
  await post(fixture.readings, reading, { 'ce-id': 'reading-1' });
  await post(fixture.readings, reading, { 'ce-id': 'reading-1' });
  const batch = `[${reading},${reading}]`;
  await post(fixture.readings, batch, { 'idempotency-key': 'batch-1' });
  await post(fixture.readings, batch, { 'idempotency-key': 'batch-1' });
  const ids = await fixture.ids('readings');
  expect(ids.filter((id) => id === 'reading-1')).toHaveLength(1);
  expect(ids.filter((id) => id.startsWith('batch-1/')).sort()).toEqual(['batch-1/0', 'batch-1/1']);
});

test.each([
  ['broken JSON', '{"order_id": 1,}', {}, 400, 'ingest.json-invalid', 'Line 1, column 16'],
  ['JSON cut off', '[{"order_id":', {}, 400, 'ingest.json-invalid', 'Line 1, column 14'],
  ['no body', '', {}, 400, 'ingest.body-empty', ''],
  ['an empty array', '[]', {}, 400, 'ingest.body-empty', ''],
  ['blank lines', '\n \n', ndjson, 400, 'ingest.body-empty', ''],
  ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22]), {}, 400, 'ingest.text-invalid', ''],
  [
    'a wrong type',
    JSON.stringify(order('w', { amount: 1.5 })),
    {},
    422,
    'ingest.event-invalid',
    '/amount',
  ],
  ['a missing field', '{"order_id":"m","amount":1}', {}, 422, 'ingest.event-invalid', '/placed_at'],
  ['a value that is no object', '42', {}, 422, 'ingest.event-invalid', ''],
  [
    'an event above its limit',
    JSON.stringify(order('big', { note: 'x'.repeat(990_000) })),
    {},
    422,
    'ingest.event-too-large',
    '',
  ],
  [
    'another content type',
    'a,b',
    { 'content-type': 'text/csv' },
    415,
    'ingest.media-type-unsupported',
    'text/csv',
  ],
  [
    'another charset',
    '{}',
    { 'content-type': 'application/json; charset=latin1' },
    415,
    'ingest.media-type-unsupported',
    'latin1',
  ],
  [
    'a body compressed otherwise',
    'x',
    { 'content-encoding': 'compress' },
    415,
    'ingest.content-encoding-unsupported',
    'compress',
  ],
  ['10,001 events', '{}\n'.repeat(10_001), ndjson, 413, 'ingest.too-many-events', '10000'],
  [
    'an array of 10,001 events',
    `[${'{},'.repeat(10_000)}{}]`,
    {},
    413,
    'ingest.too-many-events',
    '',
  ],
  ['a body of 11 MB', Buffer.alloc(11 * 1024 * 1024, 0x20), {}, 413, 'ingest.body-too-large', ''],
])('%s is answered with problem details', async (_what, body, headers, status, code, detail) => {
  const answer = await post(fixture.orders, body, headers);
  expect(answer.status).toBe(status);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect(answer.body).toMatchObject({ code, status, type: `urn:millrace:error:${code}` });
  expect(answer.body.detail).toContain(detail);
});

test('a chunked body of 11 MB is refused as well, without its length being known', async () => {
  const chunk = Buffer.alloc(1024 * 1024, 0x20);
  const { status, body } = await new Promise<{ status: number | undefined; body: string }>(
    (resolve, reject) => {
      const request = httpRequest(
        door.url + fixture.orders,
        { method: 'POST', headers: { 'content-type': 'application/json' } },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part) => (text += part));
          response.on('end', () => resolve({ status: response.statusCode, body: text }));
        },
      );
      request.on('error', reject);
      for (let sent = 0; sent < 11; sent += 1) request.write(chunk);
      request.end();
    },
  );
  expect(status).toBe(413);
  expect(JSON.parse(body)).toMatchObject({ code: 'ingest.body-too-large' });
});

test('an unknown stream is answered with the name that is near', async () => {
  expect(await post(fixture.orders.replace('orders', 'order'), '{}')).toMatchObject({
    status: 404,
    body: {
      code: 'ingest.stream-unknown',
      detail: expect.stringContaining(`${fixture.domain}.orders`),
    },
  });
});

test('a path that does not exist is answered with problem details', async () => {
  expect(await post('/v2/events', '{}')).toMatchObject({
    status: 404,
    body: { code: 'ingest.route-unknown' },
  });
});

test('many requests at once land every event exactly once', async () => {
  const requests = Array.from({ length: 200 }, (_, index) =>
    post(fixture.orders, JSON.stringify(order(`many-${index}`))),
  );
  for (const { status } of await Promise.all(requests)) expect(status).toBe(202);
  const ids = (await fixture.ids('orders')).filter((id) => id.startsWith('many-'));
  expect(ids).toHaveLength(200);
  expect(new Set(ids).size).toBe(200);
});

test('what it did shows in its metrics, and its log says nothing in normal work', async () => {
  const topic = `events.${fixture.domain}.orders`;
  expect(
    await door.metric(`millrace_ingest_accepted_events_total{topic="${topic}"}`),
  ).toBeGreaterThan(700);
  expect(await door.metric('millrace_ingest_queue_bytes')).toBe(0);
  expect(door.lines).toHaveLength(1);
  expect(JSON.parse(door.lines[0]!)).toMatchObject({
    msg: 'started',
    service: 'ingest',
    url: door.url,
  });
});
