/**
 * Chapter 2: a row's way from PostgreSQL to a dimension.
 *
 * The rows that were there come by snapshot, later changes by the stream; the dimension is the table as it
 * is now, whatever the order of inserts, updates, key changes and deletes.
 */
import {
  createPostgresDatabase,
  type PostgresDatabase,
  type ServiceProcess,
  startService,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { beginJourney, type Journey } from './journey-project.ts';

let database: PostgresDatabase;
let journey: Journey;
let cdc: ServiceProcess;
let sink: ServiceProcess;

const SNAPSHOT_ROWS = 500;

beforeAll(async () => {
  database = await createPostgresDatabase('journey');
  await database.query(`CREATE TABLE airports (iata text NOT NULL, name text NOT NULL, city text DEFAULT 'nowhere',
    state text, country text NOT NULL DEFAULT 'USA', latitude double precision NOT NULL, longitude double precision NOT NULL DEFAULT 1.5)`);
  // Older than the primary key, so an INSERT looks into it first.
  await database.query(`CREATE UNIQUE INDEX one_hub ON airports (state) WHERE state LIKE 'hub%'`);
  await database.query('ALTER TABLE airports ADD PRIMARY KEY (iata)');
  await database.query(
    `INSERT INTO airports SELECT 'S' || n, 'snapshot ' || n, NULLIF('city ' || n, 'city 7'), 'CA', 'USA', n / 7.0, -n / 3.0
     FROM generate_series(1, $1::int) AS n`,
    [SNAPSHOT_ROWS],
  );
  // Kafka takes no record without a key on a compacted topic, and a TRUNCATE is of no key.
  journey = await beginJourney(database.url, (text) =>
    text.replace('cleanup: compact', 'cleanup: delete'),
  );
  await journey.millrace('contracts', 'apply');
  [cdc, sink] = await Promise.all([
    startService('cdc', { ...journey.env, MILLRACE_CDC_TRUNCATE: 'emit' }),
    startService('sink', journey.env),
  ]);
  await Promise.all([cdc.ready(), sink.ready()]);
});

afterAll(async () => {
  await Promise.all([cdc?.stop(), sink?.stop()]);
  await journey?.end();
  await database?.drop();
});

const COLUMNS = 'iata, name, city, state, country, latitude, longitude';

const source = async () =>
  (await database.query(`SELECT ${COLUMNS} FROM airports ORDER BY iata COLLATE "C"`)).rows;

const dimension = () => journey.clickhouse.query(`SELECT ${COLUMNS} FROM airports ORDER BY iata`);

const dimensionEqualsSource = async () => {
  const expected = await source();
  await expect.poll(dimension).toEqual(expected);
};

test('the rows that were there before arrive by snapshot, nulls and all', async () => {
  await dimensionEqualsSource();
  expect(await dimension()).toHaveLength(SNAPSHOT_ROWS);
});

test('inserts, updates and deletes arrive in the order of their commits', async () => {
  await database.query(`INSERT INTO airports VALUES ('N1', 'new', NULL, NULL, 'USA', 1.5, 2.5)`);
  await database.query(`UPDATE airports SET name = 'newer', city = 'Somewhere' WHERE iata = 'N1'`);
  await database.query(`UPDATE airports SET state = NULL WHERE iata = 'S1'`);
  await database.query(`DELETE FROM airports WHERE iata IN ('S2', 'S3')`);
  await dimensionEqualsSource();
});

test('a changed key is the old row gone and a new row there', async () => {
  await database.query(`UPDATE airports SET iata = 'S4-moved' WHERE iata = 'S4'`);
  await dimensionEqualsSource();
});

test('a row deleted and inserted again is there once, with its last values', async () => {
  const client = await database.connect();
  await client.query('BEGIN');
  await client.query(`DELETE FROM airports WHERE iata = 'S5'`);
  await client.query(`INSERT INTO airports VALUES ('S5', 'back', NULL, 'NV', 'USA', 0, 0)`);
  await client.query(`UPDATE airports SET name = 'back again' WHERE iata = 'S5'`);
  await client.query('COMMIT');
  await dimensionEqualsSource();
});

test('a transaction that rolls back leaves nothing', async () => {
  const client = await database.connect();
  await client.query('BEGIN');
  await client.query(`UPDATE airports SET name = 'never'`);
  await client.query('ROLLBACK');
  await database.query(`UPDATE airports SET name = 'after the rollback' WHERE iata = 'S6'`);
  await dimensionEqualsSource();
});

test('a long text that an update leaves alone arrives whole in the dimension, not as a placeholder', async () => {
  await database.query('ALTER TABLE airports ALTER name SET STORAGE EXTERNAL');
  await database.query(
    `INSERT INTO airports VALUES ('LONG', repeat('long name ', 1000), NULL, NULL, 'USA', 1, 1)`,
  );
  await dimensionEqualsSource();
  await database.query(`UPDATE airports SET latitude = 2 WHERE iata = 'LONG'`);
  await dimensionEqualsSource();
  await database.query(`UPDATE airports SET iata = 'LONGER', latitude = 3 WHERE iata = 'LONG'`);
  await dimensionEqualsSource();
});

test('a null in a column with a default is null in the dimension, also when the default changes', async () => {
  await database.query(`INSERT INTO airports (iata, name, latitude) VALUES ('D1', 'defaults', 1)`);
  await database.query(`ALTER TABLE airports ALTER city DROP DEFAULT`);
  await database.query(`INSERT INTO airports (iata, name, latitude) VALUES ('D2', 'none', 1)`);
  await database.query(`ALTER TABLE airports ALTER state SET DEFAULT 'CA'`);
  await database.query(`UPDATE airports SET state = NULL, latitude = 4 WHERE iata = 'S8'`);
  await dimensionEqualsSource();
});

test('an insert that stands in the log before the delete it waited for is the last word', async () => {
  const insert = (iata: string, name: string) =>
    `INSERT INTO airports (iata, name, state, latitude) VALUES ('${iata}', '${name}', 'hub of all', 1)`;
  await database.query(`INSERT INTO airports (iata, name, latitude) VALUES ('HUB', 'old', 1)`);
  const holder = await database.connect();
  const waiter = await database.connect();
  await holder.query('BEGIN');
  await holder.query(insert('HUB2', 'never'));
  const inserted = waiter.query(insert('HUB', 'new'));
  const waiting = async () =>
    (
      await database.query(
        `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%''HUB'', ''new''%' AND pid <> pg_backend_pid()`,
      )
    ).rows.length;
  await expect.poll(waiting).toBe(1);
  await database.query(`DELETE FROM airports WHERE iata = 'HUB'`);
  await holder.query('ROLLBACK');
  await inserted;
  await dimensionEqualsSource();
  expect(await dimension()).toContainEqual(expect.objectContaining({ iata: 'HUB', name: 'new' }));
});

test('a TRUNCATE empties the dimension, and what is inserted after it is there', async () => {
  await database.query(`TRUNCATE airports`);
  await database.query(`INSERT INTO airports (iata, name, latitude) VALUES ('T1', 'after', 1)`);
  await dimensionEqualsSource();
  expect(await dimension()).toHaveLength(1);
});
