/** A value of each PostgreSQL type but numbers and times, and what a consumer reads for it. */

const ENUM = 'io.debezium.data.Enum';
const UUID = '9e107d9d-3721-4d4b-a5f0-0b1c2d3e4f50';
const text = 'string';
const named = (name: string, type = 'string', parameters?: object) => ({
  type,
  'connect.version': 1,
  ...(parameters === undefined ? {} : { 'connect.parameters': parameters }),
  'connect.name': name,
});
const arrayOf = (items: unknown) => ({ type: 'array', items: ['null', items] });
const point = (x: number, y: number) => {
  const wkb = Buffer.alloc(21);
  wkb.writeUInt8(1);
  wkb.writeUInt32LE(1, 1);
  wkb.writeDoubleLE(x, 5);
  wkb.writeDoubleLE(y, 13);
  return { x, y, wkb: wkb.toString('hex'), srid: null };
};
const geometry = (kind: number, points: readonly number[], extensions: object) => {
  const head = Buffer.alloc(kind === 3 ? 13 : 9);
  head.writeUInt8(1);
  head.writeUInt32LE(kind, 1);
  if (kind === 3) head.writeUInt32LE(1, 5);
  head.writeUInt32LE(points.length / 2, head.length - 4);
  const coordinates = Buffer.alloc(8 * points.length);
  for (const [i, number] of points.entries()) coordinates.writeDoubleLE(number, 8 * i);
  return { wkb: head.toString('hex') + coordinates.toString('hex'), srid: null, extensions };
};

export interface TypeCase {
  readonly type: string;
  /** SQL of the value. */
  readonly sql: string;
  /** As read from Avro; bytes in hexadecimal digits. */
  readonly value: unknown;
  /** The schema of the value; absent: a record whose values alone are compared. */
  readonly schema?: unknown;
}

/** Types and functions that the cases need. */
export const typeCasesSetup = `
  create extension hstore; create extension citext; create extension ltree; create extension isn;
  create type mood as enum ('sad', 'it''s ok', 'Happy');
  create type pair as (a int, b text); create type nest as (tags text[], pairs pair[]);
  create domain bits3 as bit(3); create domain inner3 as bits3; create domain tag as varchar(5);
  create type float_range as range (subtype = float8);`;

export const typeCases: readonly TypeCase[] = [
  { type: 'text', sql: `E'é\\t漢 \\'"\\\\ NULL'`, value: `é\t漢 '"\\ NULL`, schema: text },
  { type: 'varchar(10)', sql: `''`, value: '', schema: text },
  { type: 'char(5)', sql: `'ab'`, value: 'ab   ', schema: text },
  { type: '"char"', sql: `'x'`, value: 'x', schema: text },
  { type: 'name', sql: `'a name'`, value: 'a name', schema: text },
  { type: 'citext', sql: `'CaSe'`, value: 'CaSe', schema: text },
  { type: 'tag', sql: `'abcde'`, value: 'abcde', schema: text },
  { type: 'uuid', sql: `'${UUID}'`, value: UUID, schema: named('io.debezium.data.Uuid') },
  ...(['json', 'jsonb'] as const).map((type) => ({
    type,
    sql: `'{"n": 12345678901234567890.10, "k": null}'`,
    value:
      type === 'json'
        ? '{"n": 12345678901234567890.10, "k": null}'
        : '{"k": null, "n": 12345678901234567890.10}',
    schema: named('io.debezium.data.Json'),
  })),
  {
    type: 'xml',
    sql: `'<a b="1">é</a>'`,
    value: '<a b="1">é</a>',
    schema: named('io.debezium.data.Xml'),
  },
  { type: 'bytea', sql: `'\\x00ff5c0a'`, value: '00ff5c0a', schema: 'bytes' },
  { type: 'bit', sql: `B'1'`, value: true, schema: 'boolean' },
  { type: 'varbit(1)', sql: `B''`, value: false, schema: 'boolean' },
  ...(
    [
      ['bit(24)', `B'000000110000001000000001'`, '010203', '24'],
      ['bit(2)', `B'00'`, '', '2'],
      ['varbit(24)', `B'1'`, '01', '24'],
      ['varbit', `B'101'`, '05', '2147483647'],
      ['inner3', `B'101'`, '05', '3'],
    ] as const
  ).map(([type, sql, value, length]) => ({
    ...{ type, sql, value, schema: named('io.debezium.data.Bits', 'bytes', { length }) },
  })),
  { type: 'inet', sql: `'2001:db8::1/64'`, value: '2001:db8::1/64', schema: text },
  { type: 'cidr', sql: `'10.1.0.0/16'`, value: '10.1.0.0/16', schema: text },
  { type: 'macaddr', sql: `'08:00:2b:01:02:03'`, value: '08:00:2b:01:02:03', schema: text },
  {
    type: 'macaddr8',
    sql: `'08:00:2b:01:02:03:04:05'`,
    value: '08:00:2b:01:02:03:04:05',
    schema: text,
  },
  { type: 'regclass', sql: `'pg_class'`, value: 'pg_class', schema: text },
  { type: 'pg_lsn', sql: `'16/B374D848'`, value: '16/B374D848', schema: text },
  { type: 'tid', sql: `'(1,2)'`, value: '(1,2)', schema: text },
  { type: 'xid', sql: `'4294967295'`, value: '4294967295', schema: text },
  { type: 'int4range', sql: `'[1,5]'`, value: '[1,6)', schema: text },
  {
    ...{ type: 'tsrange', sql: `'["2019-03-31 15:30:00",infinity)'` },
    ...{ value: '["2019-03-31 15:30:00",infinity)', schema: text },
  },
  { type: 'float_range', sql: `'empty'`, value: 'empty', schema: text },
  { type: 'int4multirange', sql: `'{[1,2],[5,6)}'`, value: '{[1,3),[5,6)}', schema: text },
  {
    ...{ type: 'tsvector', sql: `'a:1A,2 ''it''''s'''`, value: `'a':1A,2 'it''s'` },
    schema: named('io.debezium.data.Tsvector'),
  },
  { type: 'tsquery', sql: `'a & !b'`, value: `'a' & !'b'`, schema: text },
  {
    type: 'ltree',
    sql: `'Top.Science'`,
    value: 'Top.Science',
    schema: named('io.debezium.data.Ltree'),
  },
  {
    ...{ type: 'hstore', sql: `'"k\\"1"=>"v 1", e=>"", n=>NULL'` },
    ...{ value: '{"e":"","n":null,"k\\"1":"v 1"}', schema: named('io.debezium.data.Json') },
  },
  { type: 'isbn', sql: `'978-0-393-04002-9'`, value: '0-393-04002-X', schema: text },
  {
    type: 'mood',
    sql: `'it''s ok'`,
    value: "it's ok",
    schema: named(ENUM, 'string', { allowed: "sad,it's ok,Happy" }),
  },
  {
    ...{ type: 'mood[]', sql: `'{sad,NULL,Happy}'`, value: ['sad', null, 'Happy'] },
    schema: arrayOf(named(ENUM, 'string', { allowed: "sad,it's ok,Happy" })),
  },
  { type: 'pair', sql: `row(1, null)`, value: '(1,)', schema: text },
  {
    type: 'nest',
    sql: `row(array['a,b', null], array[row(1, 'x y')::pair])`,
    value: '("{""a,b"",NULL}","{""(1,\\\\""x y\\\\"")""}")',
    schema: text,
  },
  {
    type: 'pair[]',
    sql: `array[row(1, 'a,b')::pair]`,
    value: ['(1,"a,b")'],
    schema: arrayOf(text),
  },
  {
    ...{ type: 'text[]', sql: `array['a,"b\\', null, 'NULL', '', '{}']`, schema: arrayOf(text) },
    value: ['a,"b\\', null, 'NULL', '', '{}'],
  },
  { type: 'varchar(3)[]', sql: `'{}'`, value: [], schema: arrayOf(text) },
  {
    type: 'text[][]',
    sql: `'[2:3][0:1]={{a,b},{NULL,d}}'`,
    value: ['a', 'b', null, 'd'],
    schema: arrayOf(text),
  },
  {
    type: 'uuid[]',
    sql: `'{${UUID},NULL}'`,
    value: [UUID, null],
    schema: arrayOf(named('io.debezium.data.Uuid')),
  },
  {
    type: 'jsonb[]',
    sql: `array['{"a": "}"}'::jsonb]`,
    value: ['{"a": "}"}'],
    schema: arrayOf(named('io.debezium.data.Json')),
  },
  {
    type: 'bytea[]',
    sql: `array['\\x0001'::bytea, '']`,
    value: ['0001', ''],
    schema: arrayOf('bytes'),
  },
  {
    type: 'hstore[]',
    sql: `array['a=>1'::hstore]`,
    value: ['{"a":"1"}'],
    schema: arrayOf(named('io.debezium.data.Json')),
  },
  { type: 'int2vector', sql: `'1 2'`, value: '1 2', schema: text },
  {
    type: 'inet[]',
    sql: `'{127.0.0.1,::1/128}'`,
    value: ['127.0.0.1', '::1'],
    schema: arrayOf(text),
  },
  { type: 'point', sql: `'(1.5,-2)'`, value: point(1.5, -2) },
  { type: 'point[]', sql: `array['(1,2)'::point]`, value: [point(1, 2)] },
  { type: 'circle', sql: `'<(1,2),3>'`, value: { center: point(1, 2), radius: 3 } },
  { type: 'line', sql: `'{1,-1,1e-10}'`, value: { a: 1, b: -1, c: 1e-10 } },
  { type: 'lseg', sql: `'[(0,0),(1,1)]'`, value: geometry(2, [0, 0, 1, 1], { type: 'lseg' }) },
  {
    type: 'path',
    sql: `'((0,0),(1,1))'`,
    value: geometry(2, [0, 0, 1, 1], { type: 'path', closed: 'true' }),
  },
  {
    type: 'box',
    sql: `'(1,1),(0,0)'`,
    value: geometry(3, [1, 1, 1, 0, 0, 0, 0, 1, 1, 1], { type: 'box' }),
  },
  {
    ...{ type: 'box[]', sql: `'{(1,1),(0,0);(1,1),(0,0)}'` },
    value: Array(2).fill(geometry(3, [1, 1, 1, 0, 0, 0, 0, 1, 1, 1], { type: 'box' })),
  },
  {
    ...{ type: 'polygon', sql: `'((0,0),(1,0),(0,1e300))'` },
    value: geometry(3, [0, 0, 1, 0, 0, 1e300, 0, 0], { type: 'polygon' }),
  },
];
