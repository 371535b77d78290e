/** Events that the door refused, read beside the letters of the services, from the tables that the platform's contracts make. */
import { type ClickHouse, createClickHouse } from '@millrace/clickhouse';
import { hasWarehouse, parseProject, planTables, platformFilesOf } from '@millrace/contracts';
import {
  type ClickHouseDatabase,
  createClickHouseDatabase,
  stackUnderTest,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { countReasons, findLetters } from './read-letters.ts';

let database: ClickHouseDatabase;
let clickhouse: ClickHouse;

beforeAll(async () => {
  database = await createClickHouseDatabase('letters', stackUnderTest().clickhouseUrl);
  clickhouse = createClickHouse({ url: database.url });
  const files = ['rejected_events', 'redriven_events'].flatMap((name) => platformFilesOf(name)!);
  const contracts = parseProject(files).contracts.filter(hasWarehouse);
  for (const { action } of planTables(contracts, [], clickhouse.database))
    await clickhouse.exec(action!.statement);
});
afterAll(async () => {
  await clickhouse?.close();
  await database?.drop();
});

test('what the door refused is listed and counted; what was sent again and taken is no longer waiting', async () => {
  const nowMs = Date.now();
  await database.execute(
    `INSERT INTO millrace_rejected_events_raw (rejection_id, stream, rejected_at, code, content_bytes, attempt) VALUES
       ('one', 'flights.departed', now() - INTERVAL 180 MINUTE, 'ingest.event-invalid', 7, 0),
       ('two', 'flights.departed', now() - INTERVAL 120 MINUTE, 'ingest.json-invalid', 9, 0)`,
  );
  await database.execute(
    `INSERT INTO millrace_redriven_events_raw (redrive_id, rejection_id, stream, redriven_at, outcome, redriven_by) VALUES
       ('r1', 'two', 'flights.departed', now() - INTERVAL 60 MINUTE, 'unsent', 'ada'),
       ('r2', 'two', 'flights.departed', now() - INTERVAL 30 MINUTE, 'accepted', 'ada')`,
  );
  const ids = async (state?: 'waiting' | 'redriven') => {
    const filter = { service: 'ingest', ...(state !== undefined && { state }) };
    const letters = await findLetters(clickhouse, { filter, order: 'newest', most: 10 });
    return letters.map(({ id }) => id).toSorted();
  };
  expect(await ids()).toEqual(['ingest:one', 'ingest:two']);
  expect(await ids('waiting')).toEqual(['ingest:one']);
  expect(await ids('redriven')).toEqual(['ingest:two']);
  const { reasons, total } = await countReasons(clickhouse, { state: 'waiting' }, nowMs);
  expect(total).toBe(1);
  expect(reasons).toMatchObject([
    { service: 'ingest', topic: 'events.flights.departed', code: 'ingest.event-invalid', count: 1 },
  ]);
});
