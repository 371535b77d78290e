/** Dead letters made by real faults, and by hand with garbage in their headers: found, counted, shown, and told of. */
import { deadTopic } from '@millrace/contracts';
import { createAdmin, createProducer } from '@millrace/kafka';
import {
  createOperationsClient,
  type DeadLetterContent,
  type DeadLetterPage,
  type DeadLetterReasons,
} from '@millrace/operations';
import { silentLogger } from '@millrace/pipeline';
import {
  createFlightsWorld,
  type FlightsWorld,
  type ServiceProcess,
  stackUnderTest,
  startService,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

let world: FlightsWorld;
let sink: ServiceProcess;
let quality: ServiceProcess;
const connection = {
  brokers: stackUnderTest().kafkaBrokers.split(','),
  clientId: 'dead-test',
  logger: silentLogger,
};
beforeAll(async () => {
  world = await createFlightsWorld(stackUnderTest(), { partitions: 1 });
  [sink, quality] = await Promise.all([
    startService('sink', world.env),
    startService('quality', { ...world.env, MILLRACE_QUALITY_DEAD_INTERVAL: '200ms' }),
  ]);
  await Promise.all([sink.ready(), quality.ready()]);
});
afterAll(async () => {
  await Promise.all([sink?.stop(), quality?.stop()]);
  await world?.drop();
});

const api = () => createOperationsClient({ url: quality.url });
const topic = () => world.contract.topic.name;
const list = async (query: Readonly<Record<string, string | number>> = {}) =>
  (await api().get<DeadLetterPage>('/dead-letters', { topic: topic(), ...query })).letters;
const reasons = () => api().get<DeadLetterReasons>('/dead-letters/reasons', { topic: topic() });

test('letters of a sink are found, counted by reason, paged, and shown with their exact bytes', async () => {
  const bad = [Buffer.from('garbage'), world.departure(1).value!.subarray(0, 12), null];
  await world.producer.send([
    {
      ...{ topic: topic(), partition: 0 },
      records: [
        ...bad.map((value, index) => ({
          key: Buffer.from(`k${index}`),
          value,
          headers: { h: 'x' },
        })),
        world.departure(2),
      ],
    },
  ]);
  await expect.poll(async () => (await list()).length).toBe(3);
  expect((await reasons()).reasons.map(({ code, count }) => [code, count]).sort()).toEqual([
    ['sink.record-empty', 1],
    ['sink.record-undecodable', 1],
    ['sink.record-unframed', 1],
  ]);
  const { overTime } = await reasons();
  expect(overTime.values.reduce<number>((sum, value) => sum + (value ?? 0), 0)).toBe(3);
  const first = await api().get<DeadLetterPage>('/dead-letters', { topic: topic(), limit: 2 });
  const rest = await api().get<DeadLetterPage>('/dead-letters', {
    ...{ topic: topic(), limit: 2, next: first.next! },
  });
  expect([...first.letters, ...rest.letters].map(({ offset }) => offset).sort()).toEqual([0, 1, 2]);
  const [letter] = await list({ code: 'sink.record-undecodable' });
  expect(letter).toMatchObject({
    ...{ service: 'sink', partition: 0, offset: 1, contract: world.contract.id, keyText: 'k1' },
    redrivenAtMs: null,
  });
  const shown = await api().get<DeadLetterContent>(`/dead-letters/${letter!.id}`);
  expect(Buffer.from(shown.value!, 'base64').equals(bad[1]!)).toBe(true);
  expect(shown.headers).toContainEqual({ name: 'h', text: 'x' });
  expect(shown).toMatchObject({ decoded: null, undecodedReason: expect.stringContaining('') });
  expect(await list({ text: 'wire header' })).toHaveLength(1);
});

test('a letter without headers, and one with garbage in them, are letters too', async () => {
  const producer = createProducer(connection);
  const marker = Buffer.from(topic());
  const bad = {
    '__connect.errors.topic': marker,
    '__connect.errors.offset': Buffer.from([255, 0]),
  };
  const records = [
    { key: null, value: marker },
    { key: null, value: null, headers: bad },
  ];
  await producer
    .send([{ topic: deadTopic('stream-transform'), partition: 0, records }])
    .catch(async () => {
      const admin = createAdmin(connection);
      await admin.createTopics([
        { name: deadTopic('stream-transform'), partitions: 1, replicationFactor: 1, config: {} },
      ]);
      await admin.close();
      await producer.send([{ topic: deadTopic('stream-transform'), partition: 0, records }]);
    });
  await producer.close();
  await expect
    .poll(() => list({ service: 'stream-transform' }))
    .toMatchObject([{ code: 'unknown', offset: null, partition: null }]);
  const { letters } = await api().get<DeadLetterPage>('/dead-letters', {
    ...{ service: 'stream-transform', code: 'unknown', limit: 1000 },
  });
  const contents = await Promise.all(
    letters.slice(0, 20).map(({ id }) => api().get<DeadLetterContent>(`/dead-letters/${id}`)),
  );
  expect(contents.map(({ value }) => value)).toContain(marker.toString('base64'));
});

test('a killed service goes on where its index ends; a letter that Kafka let go of is told so', async () => {
  const before = await list();
  quality.kill('SIGKILL');
  await quality.exited;
  await world.producer.send([
    { topic: topic(), partition: 0, records: [{ key: null, value: Buffer.from('more') }] },
  ]);
  quality = await startService('quality', {
    ...world.env,
    MILLRACE_QUALITY_DEAD_INTERVAL: '200ms',
  });
  await quality.ready();
  await expect.poll(async () => (await list()).length).toBe(before.length + 1);
  await world.database.execute(
    `INSERT INTO millrace_dead_letters (at, service, topic_id, letter_partition, letter_offset, topic, code)
     SELECT now64(3), 'sink', 'gone', 0, 999999999, 'events.gone', 'sink.record-empty'`,
  );
  const gone = await api().get<DeadLetterContent>('/dead-letters/sink:0:999999999');
  expect(gone).toMatchObject({ value: null, undecodedReason: expect.stringContaining('any more') });
  await expect(api().get('/dead-letters/sink:7:1')).rejects.toMatchObject({
    code: 'operations.unknown',
  });
});
