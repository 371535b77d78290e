import { changeTopic } from '@millrace/contracts';
import { type ChangeRecord, readChangeLog, stackUnderTest } from '@millrace/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { defaultModes } from './columns/column-modes.ts';
import { describeTable, listTables } from './source/catalog.ts';
import { connectSource } from './source/source-connection.ts';
import { SPECIAL_VALUES_HEADER } from './steps/encode-change.ts';
import { builtinValues, unwritableTypes } from './testing/builtin-types.ts';
import { type CdcUnderTest, createCdcUnderTest } from './testing/cdc-under-test.ts';

const PATIENCE = { timeout: 60_000, interval: 100 } as const;
/** Of the database, and so of every session that does not say otherwise. */
const unlikelySettings = {
  TimeZone: 'Pacific/Chatham',
  DateStyle: 'German, DMY',
  IntervalStyle: 'postgres_verbose',
  bytea_output: 'escape',
  extra_float_digits: '-15',
  lc_monetary: 'C.utf8',
};
const types = Object.keys(builtinValues);
const ROWS = Math.max(...Object.values(builtinValues).map(({ length }) => length));
const BESIDE = 1000;

const nameOf = (type: string): string => `pg_catalog.${pg.escapeIdentifier(type)}`;

/** Of row `i`: a value, and an array that is plain, of other bounds and dimensions, empty, or null. */
const cellsOf = (type: string, i: number): readonly string[] => {
  const values = builtinValues[type] ?? [];
  const literal = (at: number): string =>
    `${pg.escapeLiteral(values[at % values.length] as string)}::${nameOf(type)}`;
  const arrays = [
    `array[${literal(i)}, null, ${literal(i + 1)}]`,
    `('[-1:0][5:5]=' || (array[array[${literal(i)}], array[${literal(i + 1)}]])::text)::${nameOf(type)}[]`,
    `'{}'::${nameOf(type)}[]`,
    'null',
  ];
  return [literal(i), arrays[i % arrays.length] as string];
};

const createTable = async (table: string, of: readonly string[]): Promise<void> => {
  const columns = of.flatMap((type) => [
    `v_${type} ${nameOf(type)}`,
    `a_${type} ${nameOf(type)}[]`,
  ]);
  await cdc.database.query(`create table ${table} (id int primary key, ${columns.join(', ')})`);
  for (let i = 0; i < ROWS; i++) {
    const cells = of.flatMap((type) => cellsOf(type, i));
    await cdc.database.query(`insert into ${table} values (${i}, ${cells.join(', ')})`);
  }
};

/** The same rows again, with ids from `BESIDE` on. */
const copyRows = (table: string, of: readonly string[]): Promise<unknown> => {
  const columns = of.flatMap((type) => [`v_${type}`, `a_${type}`]).join(', ');
  return cdc.database.query(
    `insert into ${table} select id + ${BESIDE}, ${columns} from ${table} where id < ${BESIDE}`,
  );
};

/** Of each record with this op: its row without the id, by the id of the row it was copied from. */
const rowsOf = (changes: readonly ChangeRecord[], op: string, snapshot?: string) =>
  new Map(
    changes
      .filter(({ value }) => value?.op === op)
      .filter(({ value }) => snapshot === undefined || value?.source['snapshot'] === snapshot)
      .map(({ value }) => {
        const { id, ...row } = { ...value?.after };
        return [Number(id) % BESIDE, row] as const;
      }),
  );

/** Types whose every value has a binary form that is known here. */
const typesInBinary = async (table: string): Promise<readonly string[]> => {
  const connection = await connectSource(cdc.database.url, 'types', 'test');
  const tables = await listTables(connection, 'root');
  const described = await describeTable(
    connection,
    tables.find((one) => one.table === table) ?? expect.fail(`no table ${table}`),
    defaultModes,
  );
  await connection.close();
  const inBinary = new Set(
    described.columns
      .filter(({ codec }) => codec.writeBinary !== undefined)
      .map(({ name }) => name),
  );
  return types.filter((type) => inBinary.has(`v_${type}`) && inBinary.has(`a_${type}`));
};

/** What is carried as PostgreSQL's text, by the server's own word. */
const textsOf = async (table: string, carried: readonly string[]) => {
  const client = await cdc.database.connect();
  await client.query(`set TimeZone = 'UTC'; set DateStyle = 'ISO'; set extra_float_digits = 1`);
  const texts = carried.map((column) => `format('%s', ${column}) as ${column}`).join(', ');
  const { rows } = await client.query(
    `select ${texts} from ${table} where id < ${BESIDE} order by id`,
  );
  return rows;
};

let cdc: CdcUnderTest;
/** By stream in text, with a snapshot by signal; and by stream in binary, of the types that allow it. */
let ofText: readonly ChangeRecord[];
let ofBinary: readonly ChangeRecord[];
let inBinary: readonly string[];
/** The rows of the initial snapshot. */
let initial: ReadonlyMap<number, Readonly<Record<string, unknown>>>;

const startBoth = async (textSource: string, binarySource: string): Promise<void> => {
  for (const [name, table, settings] of [
    [textSource, 'every_type', { TZ: 'America/New_York', MILLRACE_CDC_BINARY_VALUES: 'off' }],
    [binarySource, 'in_binary', { TZ: 'Asia/Kathmandu', MILLRACE_CDC_BINARY_VALUES: 'auto' }],
  ] as const) {
    const service = await cdc.start({
      MILLRACE_CDC_SOURCE: name,
      MILLRACE_CDC_TABLES: `public.${table}`,
      MILLRACE_CDC_RECORD_BYTES_MAX: '5MiB',
      ...settings,
    });
    await service.ready();
  }
};

beforeAll(async () => {
  cdc = await createCdcUnderTest('cdc_builtin');
  const { database, source } = cdc;
  await createTable('every_type', types);
  inBinary = await typesInBinary('every_type');
  await createTable('in_binary', inBinary);
  for (const [setting, value] of Object.entries(unlikelySettings)) {
    await database.query(`alter database ${database.name} set ${setting} = '${value}'`);
  }
  const [textSource, binarySource] = [`${source}_t`, `${source}_b`] as const;
  await startBoth(textSource, binarySource);
  await copyRows('every_type', types);
  await copyRows('in_binary', inBinary);
  await database.query('select pg_logical_emit_message(true, $1, $2)', [
    `millrace.signal.${textSource}`,
    JSON.stringify({ id: '1', type: 'execute-snapshot', data: { 'data-collections': ['*.*'] } }),
  ]);
  const waitFor = async (name: string, table: string, op: string, snapshot?: string) => {
    const read = () => readChangeLog(stackUnderTest(), changeTopic(name, 'public', table));
    return vi.waitFor(async () => {
      const changes = await read();
      expect(rowsOf(changes, op, snapshot).size).toBe(ROWS);
      return changes;
    }, PATIENCE);
  };
  ofText = await waitFor(textSource, 'every_type', 'r', 'incremental');
  ofBinary = await waitFor(binarySource, 'in_binary', 'c');
  initial = rowsOf(
    ofText.filter(({ value }) => value?.source['snapshot'] !== 'incremental'),
    'r',
  );
});
afterAll(() => cdc.close());

test('case 39: no type that PostgreSQL brings is forgotten here', async () => {
  const { rows: known } = await cdc.database.query(
    `select typname as name from pg_type where typnamespace = 'pg_catalog'::regnamespace
     and typtype in ('b', 'r', 'm') and typoutput <> 'array_out'::regproc`,
  );
  expect([...types, ...unwritableTypes].sort()).toEqual(known.map(({ name }) => name).sort());
});

test('case 39: a value of any type and array is the same from snapshot, stream, and snapshot by signal, whatever the zones and styles', async () => {
  const ids = [...initial.keys()].sort((a, b) => a - b);
  expect(ids).toEqual(Array.from({ length: ROWS }, (_, i) => i));
  expect(rowsOf(ofText, 'c')).toEqual(initial);
  expect(rowsOf(ofText, 'r', 'incremental')).toEqual(initial);
  const carried = types
    .filter((type) => !['timestamptz', 'timetz'].includes(type))
    .map((type) => `v_${type}`)
    .filter((column) => typeof initial.get(0)?.[column] === 'string');
  expect(carried.length).toBeGreaterThan(40);
  expect(
    ids.map((id) =>
      Object.fromEntries(carried.map((column) => [column, initial.get(id)?.[column]])),
    ),
  ).toEqual(await textsOf('every_type', carried));
});

test('case 39: a value that PostgreSQL sends in binary is the same as its text', async () => {
  const { rows: walsenders } = await cdc.database.query(
    `select query like '%binary%' as binary from pg_stat_replication join pg_stat_activity using (pid)
     where datname = current_database() order by query like '%binary%'`,
  );
  expect(walsenders).toEqual([{ binary: false }, { binary: true }]);
  expect(inBinary.length).toBeGreaterThan(25);
  const names = new Set(inBinary.flatMap((type) => [`v_${type}`, `a_${type}`]));
  const inText = new Map(
    [...initial].map(([id, row]) => [
      id,
      Object.fromEntries(Object.entries(row).filter(([name]) => names.has(name))),
    ]),
  );
  expect(rowsOf(ofBinary, 'r')).toEqual(inText);
  expect(rowsOf(ofBinary, 'c')).toEqual(inText);
});

test('case 37: an item that Avro cannot say is named as a value is', () => {
  const headers = ofText
    .filter(({ key }) => key?.['id'] === 0)
    .map((record) => record.headers[SPECIAL_VALUES_HEADER]?.toString());
  expect(headers).toEqual(Array(2).fill('v_numeric=NaN,a_numeric[1]=NaN,a_numeric[3]=Infinity'));
});
