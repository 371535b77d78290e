/** What rules measure on a real ClickHouse: each kind with good and bad rows, nulls, an empty table, a column that went away, a server that is away. */
import { createClickHouse } from '@millrace/clickhouse';
import {
  isRowCheck,
  type QualityRule,
  type RowCheck,
  type RuleCheck,
  type RuleValueForm,
  type WarehouseColumn,
  type WarehouseContract,
} from '@millrace/contracts';
import {
  type ClickHouseDatabase,
  createClickHouseDatabase,
  stackUnderTest,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { failedRows } from './failed-rows.ts';
import { rowFailure } from './live/row-failure.ts';
import { type Measured, measureRules } from './measure-rules.ts';
import { rowPredicate } from './row-predicate.ts';
import { askLimits, createAsk } from './table-source.ts';

let database: ClickHouseDatabase;
let clickhouse: ReturnType<typeof createClickHouse>;
const limits = askLimits({ ruleSecondsMax: 30_000, ruleThreads: 1, ruleMemoryMax: 1e9 });
const options = () => ({ ask: createAsk(clickhouse, limits), isThere: () => clickhouse.ping() });

const columns: readonly WarehouseColumn[] = [
  { name: 'id', type: 'String' },
  { name: 'code', type: 'LowCardinality(Nullable(String))' },
  { name: 'amount', type: 'Nullable(Float64)' },
  {
    name: 'email',
    type: 'Nullable(String)',
    classification: 'confidential',
    mask: 'left(email, 1)',
  },
  { name: '_ingested_at', type: "DateTime64(3, 'UTC')" },
];
const contractOf = (table: string): WarehouseContract =>
  ({
    ...{ id: `shop.${table}`, source: { kind: 'event' } },
    warehouse: { role: 'fact', view: table, table: `${table}_raw`, columns },
  }) as unknown as WarehouseContract;
const makeTable = (table: string, rows = '') =>
  database
    .execute(
      `CREATE TABLE ${table}_raw (${columns.map(({ name, type }) => `${name} ${type}`).join(', ')}) ENGINE = MergeTree ORDER BY id`,
    )
    .then(() => database.execute(`CREATE VIEW ${table} AS SELECT * FROM ${table}_raw`))
    .then(() => (rows === '' ? undefined : database.execute(`INSERT INTO ${table}_raw ${rows}`)));

beforeAll(async () => {
  database = await createClickHouseDatabase('rules', stackUnderTest().clickhouseUrl);
  clickhouse = createClickHouse({ url: database.url });
  await makeTable('empty');
  await makeTable(
    'orders',
    `VALUES ('a', 'EUR', 5, 'ann@x', now64(3) - 90), ('b', 'USD', -1, NULL, now64(3) - 60),
      ('b', 'usd', NULL, 'bob@x', now64(3) - 60), ('c', NULL, 1000, '', now64(3) - 3600), ('', '', nan, 'eve@x', now64(3) - 3600)`,
  );
});
afterAll(async () => {
  await clickhouse?.close();
  await database?.drop();
});

const rule = (check: RuleCheck, more: Partial<QualityRule> = {}): QualityRule => ({
  ...{ id: JSON.stringify(check), name: check.kind, check, unit: 'rows', action: 'alert' },
  ...{ schedule: '0 * * * *', onTable: true, onTopic: false, samplesMax: 5 },
  limit: { operator: 'mustBe', bounds: [0] },
  ...more,
});
const measure = async (table: string, ...rules: readonly QualityRule[]) => {
  const found = await measureRules(options(), contractOf(table), rules);
  return rules.map(({ id }) => found.get(id)!);
};
const numberOf = (found: Measured | undefined) =>
  found?.kind === 'measured' ? found.measurement.measured : found?.message;

test('each metric counts what is wrong with the rows, in one pass and by itself', async () => {
  const rules: readonly (readonly [RuleCheck, number, Partial<QualityRule>?])[] = [
    [{ kind: 'nullValues', field: 'code' }, 1],
    [{ kind: 'nullValues', field: 'id' }, 0],
    [{ kind: 'nullValues', field: 'code' }, 20, { unit: 'percent', id: 'percent' }],
    [{ kind: 'missingValues', field: 'code', values: [null, ''] }, 2],
    [{ kind: 'missingValues', field: 'email', values: ['', 'n/a'] }, 1],
    [{ kind: 'invalidValues', field: 'code', validValues: ['EUR', 'USD'] }, 2],
    [{ kind: 'invalidValues', field: 'code', pattern: '^[A-Z]{3}$' }, 2],
    [{ kind: 'range', field: 'amount', min: 0, max: 100 }, 3],
    [{ kind: 'range', field: 'amount', min: -5 }, 1],
    [{ kind: 'duplicateValues', fields: ['id'] }, 1],
    [{ kind: 'duplicateValues', fields: ['id', 'code'] }, 0],
    [{ kind: 'rowCount' }, 5],
    [{ kind: 'sql', query: `SELECT countIf(\${column} < 0) FROM \${table}`, field: 'amount' }, 1],
    [{ kind: 'sql', query: `SELECT uniqExact(id) FROM \${raw}` }, 4],
  ];
  const made = rules.map(([check, , more]) => rule(check, more));
  const together = await measure('orders', ...made);
  expect(together.map(numberOf)).toEqual(rules.map(([, expected]) => expected));
  for (const [index, one] of made.entries())
    expect(await measure('orders', one)).toEqual([together[index]]);
});

test('the topic is judged as the table is: ClickHouse and JavaScript find the same rows', async () => {
  const checks: readonly RowCheck[] = [
    { kind: 'nullValues', field: 'code' },
    { kind: 'missingValues', field: 'code', values: [null, ''] },
    { kind: 'invalidValues', field: 'code', validValues: ['EUR', 'USD'] },
    { kind: 'invalidValues', field: 'code', pattern: '^[A-Z]{3}$' },
    { kind: 'range', field: 'amount', min: 0, max: 100 },
    { kind: 'range', field: 'amount', max: 5 },
    { kind: 'nullValues', field: 'amount' },
  ];
  for (const check of checks) {
    const rows = await database.query<{ value: unknown; isNan: number; failed: number }>(
      `SELECT ${check.field} AS value, ${check.field === 'amount' ? 'ifNull(isNaN(amount), 0)' : '0'} AS isNan,
        ifNull(${rowPredicate(check)}, 0) AS failed FROM orders_raw`,
    );
    const fails = rowFailure(check);
    expect(rows.length).toBe(5);
    for (const { value, isNan, failed } of rows)
      expect([check, value, fails(isNan ? Number.NaN : value)]).toEqual([
        check,
        value,
        Boolean(failed),
      ]);
  }
});

test('an SQL rule measures the first column of the first row, whatever it is called', async () => {
  const sql = (query: string) => rule({ kind: 'sql', query });
  const found = await measure(
    'orders',
    ...[sql('SELECT 3 AS a, 100'), sql('SELECT number + 5 FROM numbers(3)')],
    ...[sql("SELECT 7; -- it's seven;"), sql("SELECT ''"), sql('SELECT [8]')],
    sql('WITH 9 AS nine SELECT nine UNION ALL SELECT 9'),
  );
  expect(found.map(numberOf)).toEqual([3, 5, 7, null, null, 9]);
});

test('values of times, decimals, uuids, floats and bytes are found on the table', async () => {
  const uuid = '6f9619ff-8b86-d011-b42d-00cf4fc964ff';
  await database.execute(`CREATE TABLE typed_raw (day Date32, at DateTime64(3, 'Europe/Berlin'), us Nullable(DateTime64(6, 'UTC')),
    clock Int32, amount Nullable(Decimal(10, 2)), id UUID, f Float32, bytes String) ENGINE = MergeTree ORDER BY day`);
  await database.execute('CREATE VIEW typed AS SELECT * FROM typed_raw');
  await database.execute(`INSERT INTO typed_raw SELECT '2026-01-01', fromUnixTimestamp64Milli(1767225600000),
    fromUnixTimestamp64Micro(1767225600000001), 36000000, 1.5, '${uuid}', 0.1, 'ab'`);
  await database.execute(`INSERT INTO typed_raw SELECT '2026-01-02', fromUnixTimestamp64Milli(1767225600001),
    NULL, 1, -0.01, generateUUIDv4(), 0.2, ''`);
  const forms: readonly (readonly [string, RuleValueForm | undefined, (string | number)[]])[] = [
    ['day', { form: 'date' }, ['2026-01-01']],
    ['at', { form: 'timestamp', units: 1_000 }, ['2026-01-01T00:00:00Z']],
    ['us', { form: 'timestamp', units: 1_000_000 }, ['2026-01-01 00:00:00.000001']],
    ['clock', { form: 'time', units: 1_000 }, ['10:00:00']],
    ['amount', { form: 'decimal', scale: 2 }, ['1.5', '-7']],
    ['id', { form: 'uuid' }, [uuid.toUpperCase()]],
    ['f', undefined, [Math.fround(0.1)]],
    ['bytes', { form: 'bytes' }, ['ab']],
  ];
  for (const [field, form, validValues] of forms) {
    const check: RowCheck = { kind: 'invalidValues', field, ...(form && { form }), validValues };
    const [found] = await measure('typed', rule(check));
    expect([field, numberOf(found)]).toEqual([field, field === 'us' ? 0 : 1]);
  }
  const range: RowCheck = { kind: 'range', field: 'amount', min: 0, max: 1.5 };
  expect(numberOf((await measure('typed', rule(range)))[0])).toBe(1);
});

test('freshness is the age of the youngest row', async () => {
  const [found] = await measure('orders', rule({ kind: 'freshness', column: '_ingested_at' }));
  expect(numberOf(found)).toBeGreaterThanOrEqual(60);
  expect(numberOf(found)).toBeLessThan(3600);
});

test('an empty table has no nulls and no duplicates; percent, age, volume and drift have nothing to measure', async () => {
  const period = { referenceMs: 1e9, currentMs: 1e9, bins: 4, rowsMin: 10 };
  const found = await measure(
    'empty',
    rule({ kind: 'nullValues', field: 'code' }),
    rule({ kind: 'duplicateValues', fields: ['id'] }),
    rule({ kind: 'rowCount' }),
    rule({ kind: 'nullValues', field: 'code' }, { unit: 'percent', id: 'percent' }),
    rule({ kind: 'freshness', column: '_ingested_at' }),
    rule({ kind: 'volume', column: '_ingested_at', threshold: 4, weeksMin: 3 }),
    rule({ kind: 'drift', field: 'amount', column: '_ingested_at', isNumeric: true, ...period }),
    rule({ kind: 'drift', field: 'code', column: '_ingested_at', isNumeric: false, ...period }),
    rule({ kind: 'sql', query: `SELECT max(amount) FROM \${table}` }),
  );
  expect(found.map(numberOf)).toEqual([0, 0, 0, null, null, null, null, null, null]);
});

test('a rule over a column that went away has an error, and the others their figures', async () => {
  const found = await measure(
    'orders',
    rule({ kind: 'nullValues', field: 'code' }),
    rule({ kind: 'nullValues', field: 'gone' }),
    rule({ kind: 'sql', query: `SELECT sum(gone) FROM \${table}` }),
    rule({ kind: 'rowCount' }),
  );
  expect(found.map(numberOf)).toEqual([
    1,
    'The table has no column that the rule names.',
    'The table has no column that the rule names.',
    5,
  ]);
  const [missing] = await measure('nowhere', rule({ kind: 'rowCount' }));
  expect(missing).toMatchObject({
    kind: 'error',
    message: expect.stringContaining('contracts apply'),
  });
});

test('a statement that would write, or that takes too long, is an error of its rule', async () => {
  const quick = askLimits({ ruleSecondsMax: 1_000, ruleThreads: 1, ruleMemoryMax: 1e9 });
  const contract = contractOf('orders');
  const endless = 'SELECT sum(cityHash64(number)) FROM numbers(1000000000000)';
  const sql = (query: string) => rule({ kind: 'sql', query });
  const found = await measureRules(
    { ask: createAsk(clickhouse, quick), isThere: () => clickhouse.ping() },
    contract,
    [sql(endless), sql('SELECT 1 SETTINGS readonly = 0'), sql('SELECT 2')],
  );
  expect([...found.values()].map((one) => one.kind)).toEqual(['error', 'error', 'measured']);
  expect(numberOf(found.get(sql(endless).id))).toContain('MILLRACE_QUALITY_RULE_TIMEOUT');
});

test('while ClickHouse is away nothing is said of the rules', async () => {
  const away = createClickHouse({ url: 'http://default@127.0.0.1:9/none' });
  const asking = { ask: createAsk(away, limits), isThere: () => away.ping() };
  await expect(
    measureRules(asking, contractOf('orders'), [rule({ kind: 'rowCount' })]),
  ).rejects.toMatchObject({ code: 'clickhouse.unavailable' });
  await away.close();
});

test('the volume of the last hour is held against the same hour of earlier weeks', async () => {
  await makeTable('visits');
  const volume = rule({ kind: 'volume', column: '_ingested_at', threshold: 4, weeksMin: 3 });
  const hour = `toStartOfHour(now('UTC')) - INTERVAL 1 HOUR`;
  const fill = (weeks: number, rows: number) =>
    database.execute(
      `INSERT INTO visits_raw SELECT toString(number), 'EUR', 1, NULL, ${hour} - INTERVAL ${weeks} WEEK + INTERVAL number % 3600 SECOND FROM numbers(${rows})`,
    );
  for (const [weeks, rows] of [
    [2, 1010],
    [1, 1000],
  ] as const)
    await fill(weeks, rows);
  const [early] = await measure('visits', volume);
  expect(early).toMatchObject({ measurement: { measured: null, note: '2 of 3 weeks are known.' } });
  for (const [weeks, rows] of [
    [3, 990],
    [4, 1005],
    [5, 995],
  ] as const)
    await fill(weeks, rows);
  const [empty] = await measure('visits', volume);
  expect(numberOf(empty)).toBeLessThan(-4);
  await fill(0, 1002);
  const [usual] = await measure('visits', volume);
  expect(Math.abs(Number(numberOf(usual)))).toBeLessThan(1);
});

test('a distribution that moved has a high index, one that stayed a low one; numbers by quantiles, text by value', async () => {
  await makeTable(
    'moved',
    `SELECT toString(number), if(number % 2 = 0, 'EUR', if(number < 2000, 'USD', 'GBP')), if(number < 2000, number % 100, number % 100 + 60), NULL,
       now64(3) - if(number < 2000, 40000, 1000) FROM numbers(4000)`,
  );
  await makeTable(
    'stayed',
    `SELECT toString(number), ['EUR', 'USD'][number % 2 + 1], number % 100, NULL, now64(3) - if(number < 2000, 40000, 1000) FROM numbers(4000)`,
  );
  const period = {
    column: '_ingested_at',
    referenceMs: 43_200_000,
    currentMs: 21_600_000,
    bins: 10,
    rowsMin: 1000,
  };
  const number = rule({ kind: 'drift', field: 'amount', isNumeric: true, ...period });
  const text = rule({ kind: 'drift', field: 'code', isNumeric: false, ...period });
  const [movedNumber, movedText] = (await measure('moved', number, text)).map(numberOf);
  expect(Number(movedNumber)).toBeGreaterThan(0.5);
  expect(Number(movedText)).toBeGreaterThan(0.5);
  const [sameNumber, sameText] = (await measure('stayed', number, text)).map(numberOf);
  expect(Number(sameNumber)).toBeLessThan(0.05);
  expect(Number(sameText)).toBeLessThan(0.05);
});

test('rows that failed are those that the rule counts, a few of them, with what is confidential masked', async () => {
  const contract = contractOf('orders');
  const selection = { source: 'orders_raw' };
  const range = rule({ kind: 'range', field: 'amount', min: 0, max: 100 }, { samplesMax: 2 });
  const some = await failedRows(options().ask, contract, range, selection);
  expect(some).toMatchObject({ columns: columns.map(({ name }) => name), masked: ['email'] });
  expect(some?.rows).toHaveLength(2);
  // A rule over the masked column finds its rows by the column and not by its mask.
  const emails = rule({ kind: 'invalidValues', field: 'email', pattern: '^(ann|eve|$)' });
  const shown = await failedRows(options().ask, contract, emails, selection);
  expect(shown?.rows.map((row) => [row[0], row[3]])).toEqual([['b', 'b']]);
  const twice = rule({ kind: 'duplicateValues', fields: ['id'] });
  const rows = (await failedRows(options().ask, contract, twice, selection))?.rows;
  expect(rows?.map(([id]) => id)).toEqual(['b', 'b']);
  expect(isRowCheck(twice.check)).toBe(false);
  const count = await failedRows(options().ask, contract, rule({ kind: 'rowCount' }), selection);
  expect(count).toBeUndefined();
});
