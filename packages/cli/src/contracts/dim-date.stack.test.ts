/** The example's date dimension, as its migration makes it on the real server. */
import { readFileSync } from 'node:fs';
import { type ClickHouse, createClickHouse } from '@millrace/clickhouse';
import { type ClickHouseDatabase, createClickHouseDatabase } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

let database: ClickHouseDatabase;
let clickhouse: ClickHouse;

beforeAll(async () => {
  database = await createClickHouseDatabase('days');
  clickhouse = createClickHouse({ url: database.url });
  const file = new URL('../../../../warehouse/0001_dim_date.sql', import.meta.url);
  await clickhouse.exec(readFileSync(file, 'utf8'));
});
afterAll(async () => {
  await clickhouse?.close();
  await database?.drop();
});

test('has each day once, without a gap', async () => {
  expect(
    await database.query(
      `SELECT toUInt32(count()) AS days, toUInt32(uniqExact(date)) AS different, min(date) AS first, max(date) AS last,
         toUInt32(dateDiff('day', min(date), max(date))) + 1 AS span FROM dim_date`,
    ),
  ).toEqual([
    { days: 25_567, different: 25_567, first: '1990-01-01', last: '2059-12-31', span: 25_567 },
  ]);
});

test('knows weeks as ISO 8601 does, at both ends of a year', async () => {
  expect(
    await database.query(
      `SELECT date, iso_year, iso_week, day_name FROM dim_date
       WHERE date IN ('2004-12-31', '2005-01-03', '2008-12-29', '2021-01-03') ORDER BY date`,
    ),
  ).toEqual([
    { date: '2004-12-31', iso_year: 2004, iso_week: 53, day_name: 'Friday' },
    { date: '2005-01-03', iso_year: 2005, iso_week: 1, day_name: 'Monday' },
    { date: '2008-12-29', iso_year: 2009, iso_week: 1, day_name: 'Monday' },
    { date: '2021-01-03', iso_year: 2020, iso_week: 53, day_name: 'Sunday' },
  ]);
});

test('knows the holidays of a year, and a working day by them', async () => {
  const holidays = await database.query<{ date: string; holiday: string }>(
    'SELECT date, holiday FROM dim_date WHERE year = 2026 AND holiday IS NOT NULL ORDER BY date',
  );
  expect(holidays.map(({ date }) => date)).toEqual([
    ...['2026-01-01', '2026-01-19', '2026-02-16', '2026-05-25', '2026-06-19', '2026-07-04'],
    ...['2026-09-07', '2026-10-12', '2026-11-11', '2026-11-26', '2026-12-25'],
  ]);
  expect(
    await database.query("SELECT is_working_day FROM dim_date WHERE date = '2026-11-26'"),
  ).toEqual([{ is_working_day: false }]);
});
