/** The catalog beside real servers: what is declared joined with what was really sent, read, registered and asked. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRegistryClient } from '@millrace/avro';
import { createClickHouse } from '@millrace/clickhouse';
import { keyRecordKey, keyUseRecordKey, valueSubject } from '@millrace/contracts';
import { createAdmin } from '@millrace/kafka';
import type {
  CatalogFiles,
  CatalogList,
  CatalogPage,
  CatalogSample,
  ImpactReport,
} from '@millrace/operations';
import { silentLogger } from '@millrace/pipeline';
import {
  createClickHouseDatabase,
  createFlightsWorld,
  type FlightsWorld,
  type ServiceProcess,
  stackUnderTest,
  startService,
  uniqueName,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { readKeyHolders } from './observe/key-holders.ts';
import { readRuleResults } from './observe/rule-results.ts';

let world: FlightsWorld;
let quality: ServiceProcess;
let id: string;
const secret = 'NOBODY-MAY-SEE-THIS';

const classified = (text: string, field: string, classification: string): string =>
  text.replace(
    new RegExp(`(- name: ${field}\\n(?: {8}.*\\n)*? {8}classification: )public`),
    `$1${classification}\n        customProperties: [{ property: millrace, value: { mask: "left(${field}, 1)" } }]`,
  );

const get = async <T>(path: string, service = quality): Promise<T> => {
  const response = await fetch(`${service.url}/api/v1${path}`);
  return (await response.json()) as T;
};
const pageOf = (contract: string): Promise<CatalogPage> => get(`/catalog/${contract}`);
const page = (): Promise<CatalogPage> => pageOf(id);

beforeAll(async () => {
  world = await createFlightsWorld(stackUnderTest(), {
    partitions: 1,
    edit: (file, text) => {
      if (file === 'departed.odcs.yaml')
        return classified(classified(text, 'origin', 'confidential'), 'destination', 'restricted');
      return file === 'airports.odcs.yaml'
        ? text.replace('role: dimension', 'role: dimension\n        history: true')
        : text;
    },
  });
  id = world.contract.id;
  const { warehouse } = world.contract;
  await world.database.execute(
    `INSERT INTO ${warehouse.table} (flight_id, departed_at, delay_minutes, distance_miles, origin, destination)
     VALUES ('F1', '2001-01-01 00:00:00', 1, 2, 'Xorigin', '${secret}')`,
  );
  // somebody asks the view, and the server's log of it is written
  await world.database.query(`SELECT count() AS n FROM ${warehouse.view}`);
  await world.database.execute('SYSTEM FLUSH LOGS');
  const transforms = join(world.env['MILLRACE_PROJECT']!, 'transforms');
  await mkdir(transforms);
  await writeFile(
    join(transforms, 'late.ts'),
    `import { transform } from '@millrace/streams';
     export default transform('late', ({ from }) => from('${id}').filter((one) => one.delay_minutes > 15).to('${id}_late'));`,
  );
  quality = await startService('quality', {
    ...world.env,
    MILLRACE_QUALITY_CATALOG_INTERVAL: '500ms',
    MILLRACE_QUALITY_LAG_INTERVAL: '500ms',
    MILLRACE_QUALITY_LAG_CPU: '1000',
  });
  await quality.ready();
});
afterAll(async () => {
  await quality?.stop();
  await world?.drop();
});

test('a second schema version is on the page with what it changed, and since when', async () => {
  const { registryUrl } = stackUnderTest();
  const schema = JSON.parse(world.contract.schemaText) as { fields: object[] };
  expect((await page()).versions).toMatchObject([{ version: 1, changes: [], registeredMs: null }]);
  const gate = { name: 'gate', type: ['null', 'string'], default: null };
  await createRegistryClient({ url: registryUrl }).register(
    valueSubject(world.contract.topic.name),
    JSON.stringify({ ...schema, fields: [...schema.fields, gate] }),
  );
  await expect
    .poll(async () => (await page()).versions)
    .toMatchObject([
      { version: 1 },
      {
        ...{ version: 2, registeredMs: expect.any(Number) },
        changes: [{ rule: 'field-added', field: 'gate', breaking: false }],
      },
    ]);
});

test('who sends and who reads is seen: a source, a stranger’s group, a user; declared is who the project names', async () => {
  const group = uniqueName('stranger');
  const { topic } = world.contract;
  const headers = { ce_source: '/gate/7' };
  await world.producer.send([
    { topic: topic.name, partition: 0, records: [{ ...world.departure(1), headers }] },
  ]);
  const admin = createAdmin({
    ...{ brokers: stackUnderTest().kafkaBrokers.split(','), clientId: 'catalog' },
    logger: silentLogger,
  });
  onTestFinished(() => admin.close());
  await admin.commitOffsets(group, [{ topic: topic.name, partition: 0, offset: 1, metadata: '' }]);
  const seen = { seen: true, declared: false };
  await expect
    .poll(async () => (await page()).producers)
    .toEqual(
      // beside it the keys of doors that other tests run on this stack
      expect.arrayContaining([
        { ...seen, name: '/gate/7', kind: 'producer', lastMs: expect.any(Number) },
      ]),
    );
  await expect
    .poll(async () => (await page()).consumers)
    .toEqual(
      expect.arrayContaining([
        expect.objectContaining({ ...seen, name: group, kind: 'group' }),
        expect.objectContaining({ ...seen, name: 'default', kind: 'query' }),
        expect.objectContaining({ name: 'late', kind: 'transform', seen: false, declared: true }),
      ]),
    );
  await expect.poll(page).toMatchObject({
    ...{ rows: 1, bytes: expect.any(Number), lastEventMs: expect.any(Number) },
    topicSettings: { partitions: '1', 'replication.factor': '1' },
    tableSettings: { engine: 'MergeTree', order_by: 'origin, departed_at' },
  });
});

test('a sample masks what is not for everybody, and never shows what is restricted', async () => {
  const sample = await get<CatalogSample>(`/catalog/${id}/sample`);
  expect(sample.masked).toEqual(['origin', 'destination']);
  expect(sample.rows).toHaveLength(1);
  const row = Object.fromEntries(sample.columns.map((name, at) => [name, sample.rows[0]![at]]));
  expect(row).toMatchObject({ flight_id: 'F1', origin: 'X', destination: null });
  for (const path of [`/catalog/${id}`, `/catalog/${id}/sample`, '/catalog/export/json'])
    expect(JSON.stringify(await get(path))).not.toContain(secret);
});

test('a renamed field’s impact names the transform, the column and the view', async () => {
  const project = world.env['MILLRACE_PROJECT']!;
  const { avsc, odcs } = await get<CatalogFiles>(`/catalog/${id}/files`);
  expect({ avsc: avsc.path, odcs: odcs?.path }).toEqual(world.contract.files);
  expect(odcs?.text).toBe(await readFile(join(project, odcs!.path), 'utf8'));
  const files = [avsc, odcs!].map(({ path, text }) => ({
    ...{ path, text: text.replaceAll('delay_minutes', 'late_minutes') },
  }));
  const response = await fetch(`${quality.url}/api/v1/catalog/impact`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ files }),
  });
  const { contracts, problems } = (await response.json()) as ImpactReport;
  expect(problems).toEqual([]);
  expect(contracts).toMatchObject([
    {
      ...{ contract: id, columns: ['delay_minutes'] },
      changes: expect.arrayContaining([
        expect.objectContaining({ rule: 'field-added-without-default', breaking: true }),
      ]),
      objects: expect.arrayContaining([
        { kind: 'transform', name: 'late', why: 'transforms/late.ts names delay_minutes' },
        { kind: 'view', name: world.contract.warehouse.view, why: 'shows delay_minutes' },
      ]),
    },
  ]);
});

test('every query that a page offers runs as it stands there', async () => {
  for (const contract of [world.contract, world.airports]) {
    const { howToQuery } = await pageOf(contract.id);
    const queries = howToQuery.filter(({ language }) => language === 'sql');
    expect(queries.length).toBeGreaterThan(3);
    for (const { title, text } of queries)
      await expect(world.database.query(text.replace(/;$/, '')), title).resolves.toBeDefined();
  }
});

test('search forgives a mistake; the exports answer; an unknown contract is told', async () => {
  const { entries } = await get<CatalogList>('/catalog?q=departd');
  expect(entries[0]?.id).toBe(id);
  expect(await get('/catalog/export/asyncapi')).toMatchObject({ asyncapi: '3.0.0' });
  expect(await get('/catalog/export/dcat')).toMatchObject({ '@type': 'dcat:Catalog' });
  const site = await fetch(`${quality.url}/api/v1/catalog/export/site/contracts/${id}.html`);
  expect(await site.text()).toContain('<h1>Flight departed</h1>');
  expect(await get('/catalog/nobody.knows')).toMatchObject({ status: 404 });
});

test('how rules came out is read from what was kept of them: the newest counts, and one place that failed is enough', async () => {
  const database = await createClickHouseDatabase('rules', stackUnderTest().clickhouseUrl);
  onTestFinished(() => database.drop());
  const clickhouse = createClickHouse({ url: database.url });
  onTestFinished(() => clickhouse.close());
  expect(await readRuleResults(clickhouse)).toEqual(new Map());
  await database.execute(
    `CREATE TABLE millrace_quality_results (at DateTime64(3, 'UTC'), contract String, rule String, place String, outcome String)
     ENGINE = MergeTree ORDER BY at`,
  );
  const row = (ago: number, rule: string, place: string, outcome: string) =>
    `(now64(3) - INTERVAL ${ago} SECOND, 'a.b', '${rule}', '${place}', '${outcome}')`;
  await database.execute(
    `INSERT INTO millrace_quality_results VALUES ${[
      row(20, 'one', 'table', 'failed'),
      row(10, 'one', 'table', 'passed'),
      row(10, 'two', 'table', 'passed'),
      row(10, 'two', 'topic', 'failed'),
      row(10, 'three', 'table', 'error'),
    ].join(', ')}`,
  );
  expect((await readRuleResults(clickhouse)).get('a.b')).toEqual({
    ...{ passed: 1, failed: 1, lastMs: expect.any(Number) },
  });
});

test('who holds a key of the door for a stream may send to it, until the key ends', async () => {
  const brokers = stackUnderTest().kafkaBrokers.split(',');
  const connection = { brokers, clientId: 'catalog', logger: silentLogger };
  const admin = createAdmin(connection);
  onTestFinished(() => admin.close());
  const topic = uniqueName('keys');
  await admin.createTopics([{ name: topic, partitions: 1, replicationFactor: 1, config: {} }]);
  onTestFinished(async () => void (await admin.deleteTopics([topic])));
  const secrets = [{ sha256: 'a'.repeat(64) }];
  const key = (name: string, scopes: readonly string[], rest: object = {}) => ({
    key: Buffer.from(keyRecordKey(name)),
    value: Buffer.from(JSON.stringify({ id: name, name, scopes, secrets, ...rest })),
  });
  const records = [
    key('gates', ['flights.*']),
    key('trains', ['trains.departed']),
    key('ended', ['*'], { notAfter: '2020-01-01T00:00:00Z' }),
    key('gone', ['*']),
    { key: Buffer.from(keyRecordKey('gone')), value: null },
    { key: Buffer.from(keyUseRecordKey('gates')), value: Buffer.from('{}') },
  ];
  await world.producer.send([{ topic, partition: 0, records }]);
  const holders = await readKeyHolders(connection, topic, Date.UTC(2026, 0, 1));
  expect(holders.of('flights.departed')).toEqual(['gates']);
});

test('without registry and ClickHouse a page tells what is declared, and a sample that it cannot be read', async () => {
  const alone = await startService('quality', {
    ...world.env,
    MILLRACE_REGISTRY_URL: 'http://127.0.0.1:9',
    MILLRACE_CLICKHOUSE_URL: 'http://default@127.0.0.1:9/none',
  });
  onTestFinished(async () => void (await alone.stop()));
  await alone.ready();
  expect(await get(`/catalog/${id}`, alone)).toMatchObject({
    rows: null,
    versions: [],
    owner: 'flight-operations',
  });
  expect(await get(`/catalog/${id}/sample`, alone)).toMatchObject({
    ...{ status: 503, code: 'clickhouse.unavailable' },
  });
});
