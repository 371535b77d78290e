/**
 * Chapter 4: a contract gets another field while data flows. Topic, subject and table are given it in this
 * order by `millrace contracts apply`; no service is started again, and nothing that was sent is lost.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compileWriter, createRegistryClient, frame } from '@millrace/avro';
import { valueSubject } from '@millrace/contracts';
import { createProducer } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';
import {
  createPostgresDatabase,
  flight,
  type PostgresDatabase,
  pace,
  type ServiceProcess,
  stackUnderTest,
  startService,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { beginJourney, type Journey } from './journey-project.ts';

let database: PostgresDatabase;
let journey: Journey;
let cdc: ServiceProcess;
let sink: ServiceProcess;

beforeAll(async () => {
  database = await createPostgresDatabase('grows');
  await database.query(`CREATE TABLE airports (iata text PRIMARY KEY, name text NOT NULL, city text, state text,
    country text NOT NULL DEFAULT 'USA', latitude double precision NOT NULL DEFAULT 1, longitude double precision NOT NULL DEFAULT 2)`);
  journey = await beginJourney(database.url);
  await journey.millrace('contracts', 'apply');
  [cdc, sink] = await Promise.all([
    startService('cdc', journey.env),
    startService('sink', journey.env),
  ]);
  await Promise.all([cdc.ready(), sink.ready()]);
});
afterAll(async () => {
  await Promise.all([cdc?.stop(), sink?.stop()]);
  await journey?.end();
  await database?.drop();
});

const fileOf = (name: string) =>
  join(journey.env['MILLRACE_PROJECT']!, 'schemas', journey.domain, name);

const edit = async (name: string, change: (text: string) => string) =>
  writeFile(fileOf(name), change(await readFile(fileOf(name), 'utf8')));

/** Gives a contract another field, in both of its files. */
const addField = async (contract: string, field: { name: string }, logicalType: string) => {
  await edit(`${contract}.avsc`, (text) => {
    const schema = JSON.parse(text) as { fields: unknown[] };
    return JSON.stringify({ ...schema, fields: [...schema.fields, field] });
  });
  const property = `      - name: ${field.name}\n        logicalType: ${logicalType}\n`;
  await edit(`${contract}.odcs.yaml`, (text) =>
    text.replace('slaProperties:', `${property}slaProperties:`),
  );
};

const setNewFields = (policy: string) =>
  edit('airports.odcs.yaml', (text) =>
    text.replace(
      /role: dimension(\n +newFields: \w+)?/,
      `role: dimension\n        newFields: ${policy}`,
    ),
  );

/** Nothing of this journey may end among the dead letters. */
const deadRecords = async () => (await fetch(`${sink.adminUrl}/metrics`)).text();

test('events of the old and the new schema land side by side, with no service started again', async () => {
  const topic = `events.${journey.domain}.departed`;
  const registry = createRegistryClient({ url: stackUnderTest().registryUrl });
  const brokers = stackUnderTest().kafkaBrokers.split(',');
  const producer = createProducer({ brokers, clientId: 'grows', logger: silentLogger });
  const writerOf = async () => {
    const latest = await registry.latest(valueSubject(topic));
    const write = compileWriter(latest!.schemaText);
    return (value: Record<string, unknown>) => ({
      key: null,
      value: frame(latest!.id, write(value)),
    });
  };
  let sent = 0;
  const send = async (write: Awaited<ReturnType<typeof writerOf>>, more = {}) => {
    const records = Array.from({ length: 100 }, () => write({ ...flight(sent++), ...more }));
    await producer.send([{ topic, partition: sent % 4, records }]);
  };
  const earlier = await writerOf();
  let hasGrown = false;
  const oldProducer = (async () => {
    while (!hasGrown) {
      await send(earlier);
      await pace(50);
    }
  })();
  await addField('departed', { name: 'gate', type: 'string', default: '?' } as never, 'string');
  await journey.millrace('contracts', 'apply');
  const later = await writerOf();
  // The first records that have it, and old ones beside them in the same partitions.
  for (let turn = 0; turn < 20; turn += 1) await send(later, { gate: 'A1' });
  for (let turn = 0; turn < 4; turn += 1) await send(earlier);
  hasGrown = true;
  await oldProducer;
  await producer.close();
  const landed = () =>
    journey.clickhouse.query(
      `SELECT toUInt32(count()) AS rows, toUInt32(uniqExact(flight_id)) AS flights,
         toUInt32(countIf(gate = 'A1')) AS withGate, toUInt32(countIf(gate = '?')) AS without
       FROM ${journey.domain}_departed`,
    );
  await expect
    .poll(landed)
    .toEqual([{ rows: sent, flights: sent, withGate: 2_000, without: sent - 2_000 }]);
  expect(await deadRecords()).not.toMatch(/dead_records_total\{.*\} [1-9]/);
});

const airports = (columns: string) =>
  journey.clickhouse.query(`SELECT ${columns} FROM airports ORDER BY iata`);

test('a captured column that the contract does not know is left out, and lands once it does', async () => {
  await database.query(`ALTER TABLE airports ADD COLUMN elevation int`);
  await database.query(`INSERT INTO airports (iata, name, elevation) VALUES ('A1', 'early', 10)`);
  await expect.poll(() => airports('iata, name')).toEqual([{ iata: 'A1', name: 'early' }]);
  expect(sink.lines.some((line) => line.includes('left out') && line.includes('elevation'))).toBe(
    true,
  );
  await addField(
    'airports',
    { name: 'elevation', type: ['null', 'int'], default: null } as never,
    'integer',
  );
  await journey.millrace('contracts', 'apply');
  await expect
    .poll(
      async () => {
        await database.query(`UPDATE airports SET elevation = elevation + 1 WHERE iata = 'A1'`);
        return airports('elevation IS NOT NULL AS known');
      },
      { interval: 500 },
    )
    .toEqual([{ known: 1 }]);
});

test('where the contract says to wait, rows of in between land with their values', async () => {
  await setNewFields('wait');
  await database.query(`ALTER TABLE airports ADD COLUMN runways int`);
  await database.query(`INSERT INTO airports (iata, name, runways) VALUES ('B1', 'between', 3)`);
  const readiness = async () => (await fetch(`${sink.adminUrl}/readyz`)).text();
  await expect.poll(readiness).toContain('has runways');
  await addField(
    'airports',
    { name: 'runways', type: ['null', 'int'], default: null } as never,
    'integer',
  );
  await journey.millrace('contracts', 'apply');
  await expect
    .poll(async () =>
      (await airports('iata, runways')).filter((row) => (row as { iata: string }).iata === 'B1'),
    )
    .toEqual([{ iata: 'B1', runways: 3 }]);
  await sink.ready();
});
