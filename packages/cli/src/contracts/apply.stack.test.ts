import { MillraceError } from '@millrace/contracts';
import { type ClickHouseDatabase, uniqueName } from '@millrace/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyPlan } from './apply.ts';
import { pendingSteps, planProject } from './plan.ts';
import type { PlatformSystem } from './platform-system.ts';
import { readingContract, type StreamChange, standardFields } from './testing/project-fixture.ts';
import { connectSystemUnderTest } from './testing/system-under-test.ts';

let database: ClickHouseDatabase;
let system: PlatformSystem;
let close: (() => Promise<void>) | undefined;

beforeAll(async () => {
  ({ database, system, close } = await connectSystemUnderTest('contracts'));
});
afterAll(() => close?.());

const planOf = (domain: string, change?: StreamChange) =>
  planProject([readingContract(domain, change)], system);

const apply = async (domain: string, change?: StreamChange, allowDestructive = false) =>
  applyPlan(await planOf(domain, change), system, { allowDestructive });

const kindsOf = async (domain: string, change?: StreamChange) =>
  pendingSteps(await planOf(domain, change)).map(({ kind, target, line }) => ({
    kind,
    target,
    line,
  }));

const insertReading = (domain: string) =>
  database.execute(
    `INSERT INTO ${domain}_reading_raw (sensor, measured_at, celsius, _partition, _offset, _produced_at) VALUES ('s1', 1000, 21, 0, 0, 1000)`,
  );

const added = { name: 'battery', type: ['null', 'int'], default: null, doc: 'Percent left.' };

describe('applying contracts', () => {
  test('creates topics, subjects with their compatibility, tables and views', async () => {
    const domain = uniqueName('apply');
    await apply(domain);
    const topic = `events.${domain}.reading`;
    const [state] = await system.kafka.describeTopics([topic]);
    expect(state).toMatchObject({ partitions: 2 });
    expect(state?.config).toMatchObject({
      'cleanup.policy': 'delete',
      'retention.ms': '604800000',
    });
    expect(await system.registry.compatibility(`${topic}-value`)).toBe('BACKWARD_TRANSITIVE');
    expect(await system.registry.latest(`${topic}-value`)).toMatchObject({ version: 1 });
    await insertReading(domain);
    expect(await database.query(`SELECT sensor, celsius FROM ${domain}_reading`)).toEqual([
      { sensor: 's1', celsius: 21 },
    ]);
  });

  test('creates the topics that the platform itself needs', async () => {
    await apply(uniqueName('apply'));
    const names = ['dead.stream-transform', 'dead.cdc', 'dead.sink'];
    const states = await system.kafka.describeTopics(names);
    expect(states.map(({ name }) => name).sort()).toEqual([...names].sort());
  });

  test('a second time has nothing to do', async () => {
    const domain = uniqueName('apply');
    const change = {
      key: ['sensor'],
      partitionBy: 'toYYYYMM(measured_at)',
      ttl: 'toDateTime(measured_at) + INTERVAL 5 YEAR',
      fields: [...standardFields, added],
    };
    await apply(domain, change);
    expect(await kindsOf(domain, change)).toEqual([]);
    expect(await apply(domain, change)).toBe(0);
  });

  test('adds a column in contract order while the rows that are there stay', async () => {
    const domain = uniqueName('apply');
    await apply(domain);
    await insertReading(domain);
    const change = { fields: [...standardFields, added] };
    expect((await kindsOf(domain, change)).map(({ kind }) => kind)).not.toContain('destructive');
    await apply(domain, change);
    const columns = await database.query<{ name: string }>(
      `SELECT name FROM system.columns WHERE database = '${database.name}' AND table = '${domain}_reading_raw' ORDER BY position`,
    );
    expect(columns.map(({ name }) => name).slice(0, 5)).toEqual([
      'sensor',
      'measured_at',
      'celsius',
      'battery',
      '_topic',
    ]);
    expect(await database.query(`SELECT celsius, battery FROM ${domain}_reading`)).toEqual([
      { celsius: 21, battery: null },
    ]);
    expect(await apply(domain, change)).toBe(0);
  });

  test('takes any text that people write into comments as it is', async () => {
    const domain = uniqueName('apply');
    const text = "It's; a `test` \\ with -- marks,\nand /* lines */ 🛫";
    const fields = standardFields.map((field) => ({ ...field, doc: text }));
    await apply(domain, { fields, purpose: text });
    expect(await kindsOf(domain, { fields, purpose: text })).toEqual([]);
    const [table] = await database.query<{ comment: string }>(
      `SELECT comment FROM system.tables WHERE database = '${database.name}' AND name = '${domain}_reading_raw'`,
    );
    expect(table?.comment).toBe(text);
  });

  test('gives rows from before a field the default that Avro readers see', async () => {
    const domain = uniqueName('apply');
    await apply(domain);
    await insertReading(domain);
    const fields = [
      ...standardFields,
      { name: 'unit', type: 'string', default: "degree's" },
      { name: 'gain', type: 'double', default: -1.5 },
      { name: 'checked', type: 'boolean', default: true },
      { name: 'since', type: { type: 'long', logicalType: 'timestamp-millis' }, default: 1000 },
      { name: 'count', type: ['int', 'null'], default: 0 },
    ];
    await apply(domain, { fields });
    expect(
      await database.query(`SELECT unit, gain, checked, since, count FROM ${domain}_reading`),
    ).toEqual([
      { unit: "degree's", gain: -1.5, checked: true, since: '1970-01-01 00:00:01.000', count: 0 },
    ]);
    expect(await kindsOf(domain, { fields })).toEqual([]);
  });

  test('widens a column and keeps its values', async () => {
    const domain = uniqueName('apply');
    await apply(domain);
    await insertReading(domain);
    const fields = standardFields.map((field) =>
      field['name'] === 'celsius' ? { ...field, type: 'long' } : field,
    );
    await apply(domain, { fields });
    expect(
      await database.query(`SELECT celsius, toTypeName(celsius) AS type FROM ${domain}_reading`),
    ).toEqual([{ celsius: 21, type: 'Int64' }]);
    expect(await apply(domain, { fields })).toBe(0);
  });

  test('gives a column a type that its codec is not for', async () => {
    const domain = uniqueName('apply');
    await apply(domain);
    await insertReading(domain);
    const fields = standardFields.map((field) =>
      field['name'] === 'celsius' ? { ...field, type: 'double' } : field,
    );
    await apply(domain, { fields }, true);
    expect(
      await database.query(`SELECT celsius, toTypeName(celsius) AS type FROM ${domain}_reading`),
    ).toEqual([{ celsius: 21, type: 'Float64' }]);
    expect(await apply(domain, { fields })).toBe(0);
  });

  test('changes comments, ttl away and retention upwards without asking', async () => {
    const domain = uniqueName('apply');
    await apply(domain, { ttl: 'toDateTime(measured_at) + INTERVAL 90 YEAR' });
    const change = { purpose: 'Readings, for the plant.', retention: '14d' };
    expect((await kindsOf(domain, change)).map(({ kind }) => kind)).toEqual([
      'alter',
      'alter',
      'alter',
    ]);
    await apply(domain, change);
    expect(await apply(domain, change)).toBe(0);
  });

  test('puts back a deduplication window that someone turned off', async () => {
    const domain = uniqueName('apply');
    await apply(domain);
    await database.execute(
      `ALTER TABLE ${domain}_reading_raw MODIFY SETTING non_replicated_deduplication_window = 0`,
    );
    expect(await kindsOf(domain)).toMatchObject([{ kind: 'alter', target: 'table' }]);
    await apply(domain);
    expect(await kindsOf(domain)).toEqual([]);
  });
});

describe('a plan with steps that lose data', () => {
  test('is refused whole, with nothing applied', async () => {
    const domain = uniqueName('apply');
    await apply(domain, { fields: [...standardFields, added] });
    await insertReading(domain);
    const removal = { retention: '14d' };
    const refused = apply(domain, removal);
    await expect(refused).rejects.toThrow(MillraceError);
    await expect(refused).rejects.toThrow(/remove column battery/);
    const [state] = await system.kafka.describeTopics([`events.${domain}.reading`]);
    expect(state?.config['retention.ms']).toBe('604800000');
  });

  test('is carried out when destruction is allowed', async () => {
    const domain = uniqueName('apply');
    await apply(domain, { fields: [...standardFields, added] });
    await apply(domain, {}, true);
    expect(await kindsOf(domain)).toEqual([]);
  });

  test('asks before a keyed topic gets more partitions, and not for a keyless one', async () => {
    const keyed = uniqueName('apply');
    await apply(keyed, { key: ['sensor'] });
    expect(await kindsOf(keyed, { key: ['sensor'], partitions: 4 })).toMatchObject([
      { kind: 'destructive', target: 'topic' },
    ]);
    const keyless = uniqueName('apply');
    await apply(keyless);
    await apply(keyless, { partitions: 4 });
    const [state] = await system.kafka.describeTopics([`events.${keyless}.reading`]);
    expect(state?.partitions).toBe(4);
  });

  test('refuses fewer partitions, another order and another partitioning even when allowed', async () => {
    const domain = uniqueName('apply');
    await apply(domain);
    const changes: StreamChange[] = [
      { partitions: 1 },
      { orderBy: ['measured_at'] },
      { partitionBy: 'toYYYYMM(measured_at)' },
    ];
    for (const change of changes) {
      expect(await kindsOf(domain, change)).toMatchObject([{ kind: 'refused' }]);
      await expect(apply(domain, change, true)).rejects.toThrow(/nothing was applied/);
    }
  });

  test('refuses a schema that breaks readers, before it reaches the registry', async () => {
    const domain = uniqueName('apply');
    await apply(domain);
    const fields = [...standardFields, { name: 'battery', type: 'int' }];
    await expect(apply(domain, { fields })).rejects.toThrow(/field-added-without-default/);
    const subject = `events.${domain}.reading-value`;
    expect(await system.registry.latest(subject)).toMatchObject({ version: 1 });
  });

  test('refuses to take a table of the same name for the view', async () => {
    const domain = uniqueName('apply');
    await database.execute(`CREATE TABLE ${domain}_reading (x Int8) ENGINE = MergeTree ORDER BY x`);
    await expect(apply(domain)).rejects.toThrow(/not a view/);
  });
});
