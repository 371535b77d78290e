import { afterEach, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from '../testing/cdc-under-test.ts';

interface SchemaField {
  readonly name: string;
  readonly type: unknown;
  readonly default?: unknown;
}

let cdc: CdcUnderTest;
afterEach(() => cdc.close());

/** The row's fields in the schema of an envelope. */
const fieldsOf = (schemaText: string | undefined): readonly SchemaField[] =>
  JSON.parse(schemaText ?? '{}').fields[0].type[1].fields;
const defaultsOf = (schemaText: string | undefined): Readonly<Record<string, unknown>> =>
  Object.fromEntries(fieldsOf(schemaText).map((field) => [field.name, field.default]));
const plain = (value: unknown): unknown =>
  value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value;

const constants = [
  ...['int2 default 7', 'int8 default 5000000000', 'float4 default 1.1', "float8 default '-1e-20'"],
  ...['bool default true', 'numeric(8,3) default -0.001', "text default 'it''s ☃'"],
  ...["varchar(9) default 'a''::text'", `json default '{"a": 1.10}'`, "jsonb default '{}'"],
  ...["uuid default '0B8E39F3-3B3A-4E9D-9C0B-0123456789AB'", "bit(5) default B'10011'"],
  ...["date default '0044-03-15 BC'", "time(3) default '13:51:30.123'", "xml default '<a/>'"],
  ...["timestamp default '2018-03-27 01:02:03.456789'", "interval default '1 mon -2 days'"],
  ...["timestamptz default '2018-03-27 01:02:03.5+02'", "mood default 'happy'"],
] as const;

test('a constant default is in the schema as the value that PostgreSQL puts into a row', async () => {
  cdc = await createCdcUnderTest('cdc_defaults');
  const columns = constants.map((column, i) => `c${i} ${column}, n${i} ${column} not null`);
  await cdc.database.query(
    `create type mood as enum ('sad', 'happy'); create table t (id int primary key, ${columns.join(', ')})`,
  );
  await cdc.database.query('insert into t values (1)');
  const service = await cdc.start();
  await service.ready();
  await cdc.database.query('insert into t values (2)');
  await cdc.caughtUp();

  const changes = await cdc.changes('t');
  expect(changes).toHaveLength(2);
  for (const { value, valueSchemaText } of changes) {
    const row = value?.after ?? {};
    const known = defaultsOf(valueSchemaText);
    for (const name of Object.keys(row).filter((column) => column !== 'id')) {
      const inserted = plain(row[name]);
      const said = known[name];
      // a float of four bytes has more digits when read
      const same = typeof inserted === 'number' ? Math.fround(inserted) : inserted;
      expect([name, typeof said === 'number' ? Math.fround(Number(said)) : said]).toEqual([
        name,
        typeof same === 'bigint' ? Math.fround(Number(same)) : same,
      ]);
    }
  }
});

test('null is null in a column with a default; an old row’s NOT NULL columns hold theirs', async () => {
  cdc = await createCdcUnderTest('cdc_defaults');
  await cdc.database.query(
    `create table t (id serial primary key, a int default 7, b text not null default 'none', c numeric(6,2) not null default 1.5)`,
  );
  await cdc.database.query(`insert into t values (1, null, 'x', 2)`);
  const service = await cdc.start();
  await service.ready();
  await cdc.database.query(`insert into t values (2, null, 'y', 3)`);
  await cdc.database.query(`insert into t values (3, 5, 'z', 'NaN')`);
  await cdc.database.query('delete from t where id = 1');
  await cdc.caughtUp();

  const changes = await cdc.changes('t');
  const rows = changes.map(({ value }) => value?.after ?? value?.before);
  expect(rows.map((row) => [row?.['id'], row?.['a'], row?.['b'], plain(row?.['c'])])).toEqual([
    [1, null, 'x', '\u0000\u00c8'],
    [2, null, 'y', '\u0001\u002c'],
    // NaN is no value of the schema: 0 with a header, not the default
    [3, 5, 'z', '\u0000'],
    [1, null, 'none', '\u0000\u0096'],
    [undefined, undefined, undefined, undefined],
  ]);
  expect(defaultsOf(changes[0]?.valueSchemaText)).toEqual({
    ...{ id: 0, a: 7, b: 'none', c: '\u0000\u0096' },
  });
});

test('a changed default is in the schema of the next change, also when nothing else changed', async () => {
  cdc = await createCdcUnderTest('cdc_defaults');
  await cdc.database.query('create table t (id int primary key, a int default 7)');
  const service = await cdc.start();
  await service.ready();
  const steps = [
    ...['insert into t values (1)', 'alter table t alter a set default 8'],
    ...[
      'insert into t values (2)',
      'alter table t alter a drop default',
      'insert into t values (3)',
    ],
  ];
  for (const statement of steps) {
    await cdc.database.query(statement);
    await cdc.caughtUp();
  }

  const changes = await cdc.changes('t');
  expect(
    changes.map(({ value, valueSchemaText }) => [
      value?.after?.['a'],
      fieldsOf(valueSchemaText)[1]?.type,
      fieldsOf(valueSchemaText)[1]?.default,
    ]),
  ).toEqual([
    [7, [{ type: 'int', 'connect.default': 7 }, 'null'], 7],
    [8, [{ type: 'int', 'connect.default': 8 }, 'null'], 8],
    [null, ['null', 'int'], null],
  ]);
});
