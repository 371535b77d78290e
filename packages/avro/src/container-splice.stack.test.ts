import { type ClickHouseDatabase, createClickHouseDatabase } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileWriter } from './compiled-codec.ts';
import { compileSplicer, type SplicedField } from './container-splice.ts';
import { frame } from './wire-format.ts';

let database: ClickHouseDatabase;

beforeAll(async () => {
  database = await createClickHouseDatabase('splice_test');
});
afterAll(() => database.drop());

/** Sends a container as the body of an INSERT; resolves to the server's complaint, empty when it took it. */
const insert = async (statement: string, container: Buffer): Promise<string> => {
  const { origin, username, password } = new URL(database.url);
  const settings = new URLSearchParams({
    query: statement,
    database: database.name,
    async_insert: '0',
    input_format_avro_allow_missing_fields: '1',
  });
  const response = await fetch(`${origin}/?${settings}`, {
    method: 'POST',
    body: new Uint8Array(container),
    headers: { 'X-ClickHouse-User': username || 'default', 'X-ClickHouse-Key': password },
  });
  return response.text();
};

const position: readonly SplicedField[] = [
  { name: '_partition', type: 'int' },
  { name: '_offset', type: 'long' },
  { name: '_produced_at', type: 'timestamp-millis' },
];

const departed = JSON.stringify({
  type: 'record',
  name: 'departed',
  namespace: 'flights',
  fields: [
    { name: 'origin', type: 'string' },
    { name: 'delay', type: ['null', 'int'] },
  ],
});

const createDepartures = (table: string) =>
  database.execute(`CREATE TABLE ${table} (
    origin String, delay Nullable(Int32), _partition Int32, _offset Int64,
    _produced_at DateTime64(3, 'UTC')
  ) ENGINE = MergeTree ORDER BY _offset`);

test('spliced records arrive with the values of their appended fields', async () => {
  await createDepartures('whole');
  const write = compileWriter(departed);
  const container = compileSplicer(departed, position).splice([
    { framed: frame(1, write({ origin: 'SFO', delay: -5 })), appended: [3, 41, 1_500] },
    { framed: frame(1, write({ origin: 'Zürich', delay: null })), appended: [3, 2 ** 53 - 1, -1] },
  ]);
  expect(await insert('INSERT INTO whole FORMAT Avro', container)).toBe('');
  expect(await database.query('SELECT * FROM whole ORDER BY _offset')).toEqual([
    {
      origin: 'SFO',
      delay: -5,
      _partition: 3,
      _offset: 41,
      _produced_at: '1970-01-01 00:00:01.500',
    },
    {
      origin: 'Zürich',
      delay: null,
      _partition: 3,
      _offset: 2 ** 53 - 1,
      _produced_at: '1969-12-31 23:59:59.999',
    },
  ]);
});

test('a record with bytes too many spoils itself alone, because each is a block', async () => {
  await createDepartures('isolated');
  const write = compileWriter(departed);
  const container = compileSplicer(departed, position).splice(
    [0, 1, 2, 3, 4].map((index) => {
      const datum = write({ origin: `A${index}`, delay: index });
      const bytes = index === 2 ? Buffer.concat([datum, Buffer.from('garbage')]) : datum;
      return { framed: frame(1, bytes), appended: [0, index, 0] };
    }),
  );
  expect(await insert('INSERT INTO isolated FORMAT Avro', container)).toBe('');
  expect(
    await database.query(
      `SELECT origin, _offset FROM isolated WHERE origin != 'A2' ORDER BY origin`,
    ),
  ).toEqual([
    { origin: 'A0', _offset: 0 },
    { origin: 'A1', _offset: 1 },
    { origin: 'A3', _offset: 3 },
    { origin: 'A4', _offset: 4 },
  ]);
});

/** Debezium's envelope as its connector registers it; the row is a named type behind nullable unions. */
const envelope = JSON.stringify({
  type: 'record',
  name: 'Envelope',
  namespace: 'changes.flights.public.airports',
  'connect.name': 'changes.flights.public.airports.Envelope',
  fields: [
    {
      name: 'before',
      default: null,
      type: [
        'null',
        {
          type: 'record',
          name: 'Value',
          'connect.name': 'changes.flights.public.airports.Value',
          fields: [
            { name: 'iata', type: 'string' },
            { name: 'city', type: ['null', 'string'], default: null },
            {
              name: 'seen_at',
              default: null,
              type: ['null', { type: 'long', 'connect.name': 'io.debezium.time.MicroTimestamp' }],
            },
          ],
        },
      ],
    },
    { name: 'after', default: null, type: ['null', 'Value'] },
    {
      name: 'source',
      type: {
        type: 'record',
        name: 'Source',
        namespace: 'io.debezium.connector.postgresql',
        fields: [
          { name: 'ts_ms', type: 'long', default: 0 },
          { name: 'lsn', type: ['null', 'long'], default: null },
        ],
      },
    },
    { name: 'op', type: 'string' },
  ],
});

const landChanges = `INSERT INTO airports_raw (iata, city, seen_at, _version, _is_deleted, _offset, _committed_at)
  SELECT
    if(op = 'd', \`before.Value.iata\`, \`after.Value.iata\`),
    if(op = 'd', \`before.Value.city\`, \`after.Value.city\`),
    fromUnixTimestamp64Micro(if(op = 'd', \`before.Value.seen_at\`, \`after.Value.seen_at\`), 'UTC'),
    bitOr(bitShiftLeft(toUInt128(assumeNotNull(\`source.lsn\`)), 64), toUInt128(_offset)),
    op = 'd',
    _offset,
    fromUnixTimestamp64Milli(\`source.ts_ms\`, 'UTC')
  FROM input('
    \`before.Value.iata\` String, \`after.Value.iata\` String,
    \`before.Value.city\` Nullable(String), \`after.Value.city\` Nullable(String),
    \`before.Value.seen_at\` Nullable(Int64), \`after.Value.seen_at\` Nullable(Int64),
    \`source.lsn\` Nullable(Int64), \`source.ts_ms\` Int64, op String, _offset Int64')
  FORMAT Avro`;

test('changes land out of their envelope: creates, updates to null, deletes, a snapshot', async () => {
  await database.execute(`CREATE TABLE airports_raw (
    iata String, city Nullable(String), seen_at Nullable(DateTime64(6, 'UTC')),
    _version UInt128, _is_deleted UInt8, _offset Int64, _committed_at DateTime64(3, 'UTC')
  ) ENGINE = ReplacingMergeTree(_version, _is_deleted) ORDER BY iata`);
  const write = compileWriter(envelope);
  const row = (iata: string, city: string | null, seen_at: number | null) => ({
    iata,
    city,
    seen_at,
  });
  const source = (lsn: number) => ({ ts_ms: 1_700_000_000_123, lsn });
  const changes = [
    { before: null, after: row('SFO', 'San Francisco', null), source: source(1), op: 'r' },
    { before: null, after: row('ZRH', 'Zürich', 1_000_001), source: source(2), op: 'c' },
    { before: null, after: row('SFO', null, 5), source: source(3), op: 'u' },
    { before: row('ZRH', null, null), after: null, source: source(4), op: 'd' },
    { before: null, after: row('LAX', 'Los Angeles', null), source: source(5), op: 'c' },
  ];
  const container = compileSplicer(envelope, [{ name: '_offset', type: 'long' }]).splice(
    changes.map((change, index) => ({ framed: frame(2, write(change)), appended: [100 + index] })),
  );
  expect(await insert(landChanges, container)).toBe('');
  expect(
    await database.query(
      `SELECT iata, city, seen_at, toString(_version) AS version, _offset, _committed_at
       FROM airports_raw FINAL ORDER BY iata`,
    ),
  ).toEqual([
    {
      iata: 'LAX',
      city: 'Los Angeles',
      seen_at: null,
      version: String((5n << 64n) + 104n),
      _offset: 104,
      _committed_at: '2023-11-14 22:13:20.123',
    },
    {
      iata: 'SFO',
      city: null,
      seen_at: '1970-01-01 00:00:00.000005',
      version: String((3n << 64n) + 102n),
      _offset: 102,
      _committed_at: '2023-11-14 22:13:20.123',
    },
  ]);
  expect(
    await database.query(`SELECT iata, _is_deleted, toString(_version) AS version FROM airports_raw
      WHERE iata = 'ZRH' ORDER BY _version`),
  ).toContainEqual({ iata: 'ZRH', _is_deleted: 1, version: String((4n << 64n) + 103n) });
});

test('a path that names no field fills in defaults without an error, so paths must be derived', async () => {
  await database.execute('CREATE TABLE misspelt (iata String) ENGINE = MergeTree ORDER BY iata');
  const change = {
    before: null,
    after: { iata: 'SFO', city: null, seen_at: null },
    source: { ts_ms: 0, lsn: 1 },
    op: 'c',
  };
  const container = compileSplicer(envelope, []).splice([
    { framed: frame(2, compileWriter(envelope)(change)), appended: [] },
  ]);
  const statement = `INSERT INTO misspelt SELECT \`after.iata\` FROM input('\`after.iata\` String') FORMAT Avro`;
  expect(await insert(statement, container)).toBe('');
  expect(await database.query('SELECT * FROM misspelt')).toEqual([{ iata: '' }]);
});
