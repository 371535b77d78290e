/**
 * Letters of a sink sent again: each lands where its record stands, once, through kill -9 of the service; what is bad still is told so and
 * not sent for ever; nobody else sees any of it. Letters of a transform: their results are on its topic once, in the same way.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compileWriter, createRegistryClient, frame } from '@millrace/avro';
import { deadTopic } from '@millrace/contracts';
import { createAdmin } from '@millrace/kafka';
import {
  createOperationsClient,
  type DeadLetterPage,
  type RedriveReport,
  type RedriveRequest,
} from '@millrace/operations';
import { silentLogger } from '@millrace/pipeline';
import {
  createFlightsWorld,
  type FlightsWorld,
  flight,
  readCommitted,
  type ServiceProcess,
  stackUnderTest,
  startService,
  writeStreamContract,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

vi.setConfig({ testTimeout: 300_000 });
const patient = { timeout: 240_000, interval: 250 } as const;

let world: FlightsWorld;
let sink: ServiceProcess;
let quality: ServiceProcess;
const GOOD = 6;

beforeAll(async () => {
  world = await createFlightsWorld(stackUnderTest(), { partitions: 2 });
  await addTransform();
  const schema = JSON.parse(world.contract.schemaText) as { fields: { name: string }[] };
  schema.fields = schema.fields.filter(({ name }) => name !== 'delay_minutes');
  const text = JSON.stringify(schema);
  const registry = createRegistryClient({ url: stackUnderTest().registryUrl });
  const { id } = await registry.register(`${world.group}-short-value`, text);
  const write = compileWriter(text);
  const short = Array.from({ length: GOOD }, (_, index) => frame(id, write(flight(index))));
  const topic = world.contract.topic.name;
  const records = (values: readonly Buffer[]) => values.map((value) => ({ key: null, value }));
  await world.producer.send([
    { topic, partition: 0, records: records([...short.slice(0, 3), world.departure(100).value!]) },
    { topic, partition: 1, records: records([...short.slice(3), Buffer.from('garbage')]) },
  ]);
  [sink, quality] = await Promise.all([startService('sink', world.env), startQuality()]);
  await Promise.all([sink.ready(), quality.ready()]);
});
afterAll(async () => {
  await Promise.all([sink?.stop(), quality?.stop()]);
  await world?.drop();
});

/** A stream of ids that a transform makes of the departures. */
const idsTopic = () => `derived.${world.contract.domain}.ids`;
const writeTransform = async (isRepaired: boolean): Promise<void> => {
  const { domain } = world.contract;
  const refuse = isRepaired ? '' : "if (flight_id !== 'F100') throw new Error('not yet');";
  await writeFile(
    join(world.env['MILLRACE_PROJECT']!, 'transforms', 'ids.ts'),
    `import { transform } from '@millrace/streams';
export default transform('ids_${domain}', ({ from }) => {
  from('${domain}.departed' as never)
    .map(({ flight_id }: { flight_id: string }) => { ${refuse} return { id: flight_id }; })
    .to('${domain}.ids' as never);
});
`,
  );
};
const addTransform = async (): Promise<void> => {
  const { domain } = world.contract;
  const project = world.env['MILLRACE_PROJECT']!;
  await writeStreamContract(project, {
    ...{ domain, name: 'ids', fields: [{ name: 'id', type: 'string' }] },
    section: 'source: { kind: derived }\nkey: [id]\ntopic: { partitions: 1 }',
  });
  await mkdir(join(project, 'transforms'));
  await writeTransform(false);
  const brokers = stackUnderTest().kafkaBrokers.split(',');
  const admin = createAdmin({ brokers, clientId: 'test', logger: silentLogger });
  await admin.createTopics([{ name: idsTopic(), partitions: 1, replicationFactor: 1, config: {} }]);
  await admin.close();
};

const startQuality = () =>
  startService('quality', { ...world.env, MILLRACE_QUALITY_DEAD_INTERVAL: '200ms' });
const api = () => createOperationsClient({ url: quality.url });
const filter = () => ({ topic: world.contract.topic.name });
const list = async (query: Readonly<Record<string, string>> = {}) =>
  (await api().get<DeadLetterPage>('/dead-letters', { ...filter(), ...query })).letters;
const redrive = (more: Partial<RedriveRequest> = {}) =>
  api().send<RedriveReport>('POST', '/dead-letters/redrive', {
    ...{ filter: filter(), dryRun: false, reason: 'the contract was repaired' },
    ...more,
  });
const reportOf = (id: string) => api().get<RedriveReport>(`/dead-letters/redrives/${id}`);
const ended = async (id: string) => {
  await expect.poll(async () => (await reportOf(id)).state, patient).not.toBe('running');
  return reportOf(id);
};
const repair = async () => {
  const { domain } = world.contract;
  const file = join(world.env['MILLRACE_PROJECT']!, 'schemas', domain, 'departed.avsc');
  const contract = await readFile(file, 'utf8');
  const repaired = contract.replace(
    /("name": "delay_minutes",\s*"type": "int",)/,
    '$1 "default": 0,',
  );
  expect(repaired).not.toBe(contract);
  await writeFile(file, repaired);
};

test('a dry run says what would be sent, and sends nothing', async () => {
  await expect.poll(async () => (await list()).length, patient).toBe(GOOD + 1);
  expect(await redrive({ dryRun: true })).toMatchObject({
    ...{ matched: GOOD + 1, sent: GOOD + 1, refused: [], id: '' },
  });
  expect(await redrive({ dryRun: true, most: 2 })).toMatchObject({ sent: 2 });
  expect((await world.landed()).rows).toBe(1);
  await expect(redrive({ reason: '' })).rejects.toMatchObject({
    code: 'operations.request-invalid',
  });
});

test('with the cause cured each letter lands at its own offset, once, through kill -9; what is bad still is told so', async () => {
  await repair();
  const { id } = await redrive({ perSecond: 2 });
  await expect.poll(async () => (await reportOf(id)).sent, patient).toBeGreaterThan(0);
  quality.kill('SIGKILL');
  await quality.exited;
  quality = await startQuality();
  await quality.ready();
  expect(await ended(id)).toMatchObject({
    ...{ state: 'done', sent: GOOD, reason: 'the contract was repaired' },
    refused: [{ why: 'refused again: sink.record-unframed', count: 1 }],
    byReason: [{ code: 'sink.schema-unfit', count: GOOD }],
  });
  expect(await world.landed()).toEqual({ rows: GOOD + 1, positions: GOOD + 1, flights: GOOD + 1 });
  const places = await world.database.query<{ p: number; o: number }>(
    `SELECT _partition AS p, toUInt32(_offset) AS o FROM ${world.contract.warehouse.table} ORDER BY p, o`,
  );
  expect(places.map(({ p, o }) => `${p}/${o}`)).toEqual([
    '0/0',
    '0/1',
    '0/2',
    '0/3',
    '1/0',
    '1/1',
    '1/2',
  ]);
  expect((await list({ state: 'waiting' })).map(({ code }) => code)).toEqual([
    'sink.record-unframed',
  ]);
  expect((await world.deadLetters()).length).toBe(GOOD + 1);
});

test('asked again it sends nothing twice; a letter that is refused each time is sent no more', async () => {
  for (const time of [1, 2]) {
    const { id } = await redrive();
    expect(await ended(id), `time ${time}`).toMatchObject({ matched: 1, sent: 0 });
  }
  const { id } = await redrive();
  expect((await ended(id)).refused).toEqual([
    { why: 'sent again 3 times or more before', count: 1 },
  ]);
  expect((await world.landed()).rows).toBe(GOOD + 1);
  const again = await redrive({ again: true, most: 2 });
  expect(await ended(again.id)).toMatchObject({ sent: 2 });
  expect((await world.landed()).rows).toBe(GOOD + 1);
});

test('letters of a transform have their results on its topic, once, through kill -9 and however often they are asked for', async () => {
  const service = 'stream-transform';
  const ids = async () =>
    (await readCommitted(stackUnderTest().kafkaBrokers, idsTopic()))
      .map(({ key }) => String(key))
      .sort();
  const live = await startService(service, {
    ...world.env,
    MILLRACE_STREAM_TRANSFORM_STATE_DIR: join(world.env['MILLRACE_PROJECT']!, 'state'),
  });
  await expect.poll(async () => (await list({ service })).length, patient).toBe(GOOD + 1);
  expect(await ids()).toEqual(['F100']);
  await live.stop();
  await writeTransform(true);
  const of = { filter: { ...filter(), service } };
  const told = await redrive({ ...of, dryRun: true });
  expect(told).toMatchObject({ matched: GOOD + 1, sent: GOOD + 1, refused: [] });
  expect(told.letters?.map(({ why }) => why)).toEqual(Array(GOOD + 1).fill(null));
  const { id } = await redrive({ ...of, perSecond: 4 });
  await expect.poll(async () => (await reportOf(id)).sent, patient).toBeGreaterThan(0);
  quality.kill('SIGKILL');
  await quality.exited;
  quality = await startQuality();
  await quality.ready();
  expect(await ended(id)).toMatchObject({
    ...{ state: 'done', sent: GOOD },
    refused: [{ why: 'refused again: transform.record-unreadable', count: 1 }],
  });
  const all = ['F0', 'F1', 'F100', 'F2', 'F3', 'F4', 'F5'];
  expect(await ids()).toEqual(all);
  expect((await list({ service, state: 'waiting' })).map(({ code }) => code)).toEqual([
    'transform.record-unreadable',
  ]);
  const again = await redrive({ ...of, again: true });
  expect(await ended(again.id)).toMatchObject({
    ...{ state: 'done', matched: GOOD + 1, sent: GOOD },
    refused: [{ why: 'refused again: transform.record-unreadable', count: 1 }],
  });
  expect(await ids()).toEqual(all);
  // those that were sent have their results, whoever asks
  const stands = { why: expect.stringContaining('are not written again'), count: GOOD };
  expect(await redrive({ ...of, again: true, dryRun: true })).toMatchObject({
    ...{ matched: GOOD + 1, sent: 1, refused: [stands] },
  });
});

test('a letter of a transform that has left results is told by the dry run, and is not sent', async () => {
  const [service, code] = ['stream-transform', 'transform.half-way'];
  const headers = {
    '__connect.errors.topic': world.contract.topic.name,
    '__connect.errors.partition': '0',
    '__connect.errors.offset': '0',
    '__connect.errors.stage': `stream-transform ids_${world.contract.domain}`,
    '__connect.errors.exception.class.name': code,
    millrace_whole: 'false',
  };
  const written = Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)] as const);
  const letter = { key: null, value: null, headers: Object.fromEntries(written) };
  await world.producer.send([{ topic: deadTopic(service), partition: 0, records: [letter] }]);
  await expect.poll(async () => (await list({ code })).length, patient).toBe(1);
  const letterId = (await list({ code }))[0]!.id;
  const of = { filter: { ...filter(), code } };
  const why = expect.stringContaining('would be there twice');
  const stays = { matched: 1, sent: 0, refused: [{ why, count: 1 }] };
  expect(await redrive({ ...of, dryRun: true })).toMatchObject({
    ...{ ...stays, letters: [{ id: letterId, why }] },
  });
  const { id } = await redrive(of);
  expect(await ended(id)).toMatchObject({ ...stays, state: 'done' });
});
