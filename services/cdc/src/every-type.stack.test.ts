import { afterEach, expect, test } from 'vitest';
import { type CdcUnderTest, createCdcUnderTest } from './testing/cdc-under-test.ts';
import { typeCases, typeCasesSetup } from './testing/every-type.ts';

const columns = typeCases.map(({ type }, i) => `c${i} ${type}`).join(', ');
const values = typeCases.map(({ type, sql }) => `(${sql})::${type}`).join(', ');

/** Bytes as hexadecimal digits, maps as objects. */
const plain = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (value instanceof Map) return plain(Object.fromEntries(value));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
};

let cdc: CdcUnderTest;
afterEach(() => cdc.close());

test('every type arrives as it is, by snapshot and by stream, under Debezium’s schemas', async () => {
  cdc = await createCdcUnderTest('cdc_types');
  const { database } = cdc;
  const insert = (id: number): Promise<unknown> =>
    database.query(
      `insert into every_type values (${id}, ${values}); insert into every_type values (${id + 1})`,
    );
  await database.query(typeCasesSetup);
  await database.query(`create table every_type (id int primary key, ${columns})`);
  await insert(1);
  // a zone of its own: nothing may depend on it
  const service = await cdc.start({ TZ: 'Asia/Kathmandu' });
  await service.ready();
  await insert(3);
  await cdc.caughtUp();

  const changes = await cdc.changes('every_type');
  const arrived = (id: number) => {
    const row = changes.find(({ key }) => key?.['id'] === id)?.value?.after;
    return Object.fromEntries(typeCases.map(({ type }, i) => [type, plain(row?.[`c${i}`])]));
  };
  const expected = Object.fromEntries(typeCases.map(({ type, value }) => [type, value]));
  const nothing = Object.fromEntries(typeCases.map(({ type }) => [type, null]));
  expect([arrived(1), arrived(2)]).toEqual([expected, nothing]);
  expect([arrived(3), arrived(4)]).toEqual([expected, nothing]);

  const envelope = JSON.parse(changes[0]?.valueSchemaText ?? '{}');
  const fields = envelope.fields[0].type[1].fields.slice(1) as { type: unknown[] }[];
  for (const [i, { type, schema }] of typeCases.entries()) {
    if (schema !== undefined) expect([type, fields[i]?.type]).toEqual([type, ['null', schema]]);
  }
});
