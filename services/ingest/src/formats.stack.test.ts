/** The body formats and compressions at the real door, with other implementations as the senders. */
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { compileSplicer, compileWriter, createRegistryClient, frame } from '@millrace/avro';
import type { EventProject, ServiceProcess } from '@millrace/testkit';
import { CloudEvent, HTTP } from 'cloudevents';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDoorsUnderTest, type DoorsUnderTest, postTo } from './testing/doors-under-test.ts';

let doors: DoorsUnderTest;
let fixture: EventProject;
let door: ServiceProcess;
/** The contract's schema of the orders. */
let schema: { fields: { name: string }[]; namespace: string; name: string; type: 'record' };

beforeAll(async () => {
  doors = await createDoorsUnderTest({ MILLRACE_INGEST_BODY_MAX: '1MiB' });
  fixture = doors.fixture;
  door = await doors.start();
  const stream = await fetch(`${door.url}/v1/streams/${fixture.domain}.orders`);
  schema = ((await stream.json()) as { schema: typeof schema }).schema;
});
afterAll(() => doors?.close());

const post = (
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
) => postTo(door, path, body, headers);
const type = (contentType: string) => ({ 'content-type': contentType });
const order = (id: string, extra: object = {}) => ({
  order_id: id,
  amount: 7,
  placed_at: Date.parse('2026-11-22T10:00:00Z'),
  note: null,
  ...extra,
});
const recordOf = async (id: string, stream: 'orders' | 'readings' = 'orders') => {
  const found = (await fixture.records(stream)).filter(
    ({ headers }) => String(headers['ce_id']) === id,
  );
  expect(found).toHaveLength(1);
  const [record] = found;
  const headers = Object.fromEntries(
    Object.entries(record!.headers).map(([name, value]) => [name, String(value)]),
  );
  return { ...record!, value: record!.value!, headers };
};
const jsonRecord = async (id: string) => {
  await post(fixture.orders, JSON.stringify(order(id)));
  return recordOf(id);
};
const datumOf = (value: object, written: object = schema) =>
  Buffer.from(compileWriter(JSON.stringify(written))(value));
/** A container file. (Files of avsc are read in packages/avro.) */
const fileOf = (values: readonly object[], written: object = schema) => {
  const appended: number[] = [];
  const framed = values.map((value) => ({ framed: frame(1, datumOf(value, written)), appended }));
  return Buffer.from(compileSplicer(JSON.stringify(written), []).splice(framed));
};

test('the same event is the same bytes on Kafka, whichever way it was encoded', async () => {
  const json = await jsonRecord('as-json');
  const same = (id: string) => datumOf(order(id));
  const schemaId = json.value.readInt32BE(1);
  for (const [id, body, contentType] of [
    ['as-datum', same('as-datum'), 'avro/binary'],
    ['as-frame', Buffer.from(frame(schemaId, same('as-frame'))), 'application/vnd.confluent.avro'],
    ['as-file', fileOf([order('as-file')]), 'application/avro'],
  ] as const) {
    expect(await post(fixture.orders, body, type(contentType))).toMatchObject({
      status: 202,
      body: { accepted: 1 },
    });
    const { value } = await recordOf(id);
    expect(value).toEqual(frame(schemaId, same(id)));
  }
});

test('a file of many records is taken whole, and its records are resolved to the contract by Avro’s rules', async () => {
  const many = Array.from({ length: 300 }, (_, index) => order(`file-${index}`));
  expect(await post(fixture.orders, fileOf(many), type('application/avro'))).toMatchObject({
    status: 202,
    body: { accepted: 300 },
  });
  // Another order of fields, one of its own, an int where the contract has a long, none for the default.
  const [id, amount, placed] = schema.fields as [object, object, object];
  const other = {
    ...schema,
    fields: [{ name: 'till', type: 'int' }, placed, id, amount],
  };
  const file = fileOf([{ till: 7, ...order('resolved') }], other);
  expect(await post(fixture.orders, file, type('application/avro'))).toMatchObject({
    status: 202,
  });
  const schemaId = (await jsonRecord('for-its-schema-id')).value.readInt32BE(1);
  const { value } = await recordOf('resolved');
  expect(value).toEqual(frame(schemaId, datumOf(order('resolved'))));
  // A unit that differs would be read wrong without an error by Avro's rules alone.
  const micros = { type: 'long', logicalType: 'timestamp-micros' };
  const fields = schema.fields.map((one) =>
    one.name === 'placed_at' ? { ...one, type: micros } : one,
  );
  const finer = fileOf([order('micros')], { ...schema, fields });
  expect(await post(fixture.orders, finer, type('application/avro'))).toMatchObject({
    status: 422,
    body: { code: 'ingest.schema-incompatible', detail: expect.stringContaining('placed_at') },
  });
});

test('a schema that is registered under the subject is passed through, any other is not', async () => {
  const registry = createRegistryClient({ url: fixture.env['MILLRACE_REGISTRY_URL']! });
  const till = { name: 'till', type: ['null', 'int'], default: null };
  const later = { ...schema, fields: [...schema.fields, till] };
  const subject = `events.${fixture.domain}.orders-value`;
  const { id } = await registry.register(subject, JSON.stringify(later));
  const framed = Buffer.from(frame(id, datumOf({ ...order('later'), till: 3 }, later)));
  expect(await post(fixture.orders, framed, type('application/vnd.confluent.avro'))).toMatchObject({
    status: 202,
  });
  expect((await recordOf('later')).value).toEqual(framed);

  const readings = `events.${fixture.domain}.readings-value`;
  const foreign = (await registry.latest(readings))!.id;
  for (const [wrong, reason] of [
    [foreign, 'not registered under'],
    [99_999_999, 'knows no schema'],
  ] as const)
    expect(
      await post(
        fixture.orders,
        Buffer.from(frame(wrong, datumOf(order('x')))),
        type('application/vnd.confluent.avro'),
      ),
    ).toMatchObject({
      status: 422,
      body: { code: 'ingest.schema-unknown', detail: expect.stringContaining(reason) },
    });
});

test('Avro that is none is refused with the place, record by record where the bytes allow it', async () => {
  const datum = datumOf(order('broken'));
  const file = fileOf([order('f1'), order('f2')]);
  const text = Buffer.from(datum);
  text[1] = 0xff;
  for (const [body, contentType, status, code, detail] of [
    [datum.subarray(0, 5), 'avro/binary', 422, 'ingest.event-invalid', '/order_id: the bytes end'],
    [Buffer.concat([datum, datum]), 'avro/binary', 422, 'ingest.event-invalid', 'bytes follow'],
    [text, 'avro/binary', 422, 'ingest.event-invalid', '/order_id: the text is not UTF-8'],
    [datum, 'application/vnd.confluent.avro', 400, 'ingest.avro-invalid', 'zero byte'],
    [datum, 'application/avro', 400, 'ingest.avro-invalid', 'does not begin with'],
    [
      file.subarray(0, file.length - 4),
      'application/avro',
      400,
      'ingest.avro-invalid',
      'ends within block',
    ],
    [Buffer.alloc(0), 'avro/binary', 400, 'ingest.body-empty', 'no datum'],
  ] as const)
    expect(await post(fixture.orders, body, type(contentType))).toMatchObject({
      status,
      body: { code, detail: expect.stringContaining(detail) },
    });
  const lax = {
    ...schema,
    fields: schema.fields.map((field) =>
      field.name === 'order_id' ? { ...field, type: 'bytes' } : field,
    ),
  };
  const mixed = fileOf(
    [
      { ...order('x'), order_id: Buffer.from('lax-good') },
      { ...order('x'), order_id: Buffer.from([0xff]) },
    ],
    lax,
  );
  expect(await post(fixture.orders, mixed, type('application/avro'))).toMatchObject({
    status: 207,
    body: { accepted: 1, results: [{ status: 'accepted' }, { problems: [{ path: '/order_id' }] }] },
  });
});

test.each([
  ['gzip', gzipSync],
  ['br', brotliCompressSync],
  ['zstd', zstdCompressSync],
  ['deflate', deflateSync],
] as const)('%s is taken, a bomb of it is not, and the door goes on', async (coding, compress) => {
  const encoded = { 'content-encoding': coding };
  const body = JSON.stringify([order(`${coding}-1`), order(`${coding}-2`)]);
  expect(await post(fixture.orders, compress(body), encoded)).toMatchObject({
    status: 202,
    body: { accepted: 2 },
  });
  const bomb = compress(Buffer.alloc(50 * 1024 * 1024, ' '));
  expect(await post(fixture.orders, bomb, encoded)).toMatchObject({
    status: 413,
    body: { code: 'ingest.body-too-large' },
  });
  expect(await post(fixture.orders, body, encoded)).toMatchObject({
    status: 400,
    body: { code: 'ingest.compression-invalid' },
  });
  await expect.poll(() => door.metric('millrace_ingest_queue_bytes')).toBe(0);
});

test('what is compressed twice, or otherwise, is told what would do', async () => {
  for (const coding of ['gzip, gzip', 'compress', 'gzip, br']) {
    const answer = await post(fixture.orders, gzipSync('{}'), { 'content-encoding': coding });
    expect(answer).toMatchObject({
      status: 415,
      body: { code: 'ingest.content-encoding-unsupported' },
    });
    expect(answer.headers.get('accept-encoding')).toBe('gzip, br, zstd, deflate');
  }
});

const cloudEvent = (id: string, extra: object = {}) =>
  new CloudEvent({
    id,
    source: '/till/7',
    type: `${fixture.domain}.readings`,
    time: '2026-01-31T23:59:59.000Z',
    subject: 'temperature of Zürich',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    data: { sensor: 'north', value: 1.5 },
    ...extra,
  });
const send = ({ headers, body }: { headers: object; body: unknown }, path = '/v1/events') =>
  post(path, body as string, headers as Record<string, string>);

test('the CloudEvents SDK is understood in binary and in structured mode, with its attributes as headers', async () => {
  expect(await send(HTTP.binary(cloudEvent('sdk-binary')))).toMatchObject({ status: 202 });
  expect(await send(HTTP.structured(cloudEvent('sdk-structured')))).toMatchObject({ status: 202 });
  const path = fixture.readings;
  expect(
    await send(HTTP.structured(cloudEvent('sdk-path', { type: 'any.type' })), path),
  ).toMatchObject({ status: 202 });
  const binary = await recordOf('sdk-binary', 'readings');
  const structured = await recordOf('sdk-structured', 'readings');
  expect(structured.headers).toEqual({ ...binary.headers, ce_id: 'sdk-structured' });
  expect(structured.value).toEqual(binary.value);
  expect(structured.headers).toMatchObject({
    ce_source: '/till/7',
    ce_type: `${fixture.domain}.readings`,
    ce_time: '2026-01-31T23:59:59.000Z',
    ce_traceparent: expect.stringMatching(/^00-/),
    'content-type': 'application/avro',
  });
  expect((await recordOf('sdk-path', 'readings')).headers['ce_type']).toBe('any.type');
});

test('a batch over several streams has a result for each event, with its id', async () => {
  const json = (event: object) => JSON.parse(JSON.stringify(event)) as object;
  const orders = `${fixture.domain}.orders`;
  const avroData = {
    datacontenttype: 'avro/binary',
    data_base64: datumOf(order('mixed-avro')).toString('base64'),
  };
  const { data, ...bare } = json(cloudEvent('mixed-avro', { type: orders })) as { data: object };
  expect(data).toBeDefined();
  const batch = [
    json(cloudEvent('mixed-reading')),
    json(cloudEvent('mixed-order', { type: orders, data: order('mixed-order') })),
    { ...bare, ...avroData },
    json(cloudEvent('mixed-bad', { type: orders, data: order('mixed-bad', { amount: 'x' }) })),
    json(cloudEvent('mixed-lost', { type: `${fixture.domain}.order` })),
    { ...json(cloudEvent('mixed-old')), specversion: '0.3', time: 'yesterday' },
    'no event',
  ];
  const answer = await post(
    '/v1/events',
    JSON.stringify(batch),
    type('application/cloudevents-batch+json'),
  );
  expect(answer).toMatchObject({
    status: 207,
    body: {
      accepted: 3,
      rejected: 4,
      results: [
        { index: 0, id: 'mixed-reading', status: 'accepted' },
        { index: 1, id: 'mixed-order', status: 'accepted' },
        { index: 2, id: 'mixed-avro', status: 'accepted' },
        { id: 'mixed-bad', code: 'ingest.event-invalid', problems: [{ path: '/data/amount' }] },
        {
          id: 'mixed-lost',
          code: 'ingest.stream-unknown',
          message: expect.stringContaining(orders),
        },
        {
          id: 'mixed-old',
          code: 'ingest.cloud-event-invalid',
          problems: [{ path: '/specversion' }, { path: '/time' }],
        },
        { index: 6, code: 'ingest.cloud-event-invalid' },
      ],
    },
  });
  await recordOf('mixed-reading', 'readings');
  await recordOf('mixed-order');
  await recordOf('mixed-avro');
  // The same once more: what was accepted is a repeat now.
  expect(
    await post('/v1/events', JSON.stringify(batch), type('application/cloudevents-batch+json')),
  ).toMatchObject({ body: { accepted: 3, duplicates: 3 } });
});

test('binary mode decodes what headers cannot carry, and tells each attribute that is wrong', async () => {
  const headers = {
    'ce-specversion': '1.0',
    'ce-id': 'Z%C3%BCrich',
    'ce-source': '/till',
    'ce-type': `${fixture.domain}.readings`,
  };
  const reading = '{"sensor":"east","value":1}';
  expect(await post('/v1/events', reading, headers)).toMatchObject({ status: 202 });
  await recordOf('Zürich', 'readings');
  const { 'ce-source': _source, ...sourceless } = headers;
  expect(await post('/v1/events', reading, { ...sourceless, 'ce-subject': '%zz' })).toMatchObject({
    status: 422,
    body: {
      code: 'ingest.cloud-event-invalid',
      results: [{ problems: [{ path: '/subject' }, { path: '/source', rule: 'missing' }] }],
    },
  });
  expect(await post('/v1/events', reading)).toMatchObject({
    status: 415,
    body: { code: 'ingest.media-type-unsupported' },
  });
});

test('a beacon’s text is taken as JSON or NDJSON', async () => {
  const text = { 'content-type': 'text/plain;charset=UTF-8' };
  const body = [order('beacon-1'), order('beacon-2')];
  expect(await post(fixture.orders, JSON.stringify(body), text)).toMatchObject({ status: 202 });
  const lines = [order('beacon-3'), order('beacon-4')].map((one) => JSON.stringify(one)).join('\n');
  expect(await post(fixture.orders, lines, text)).toMatchObject({ body: { accepted: 2 } });
  for (const id of ['beacon-1', 'beacon-4']) await recordOf(id);
});
