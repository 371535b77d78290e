/**
 * Dimensions with history and dictionaries, and aggregates, made by `apply` on the real server: once, then
 * nothing to do, changed online, and right in what they show.
 */
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
  ({ database, system, close } = await connectSystemUnderTest('roles'));
});
afterAll(() => close?.());

const apply = async (domain: string, change: StreamChange) =>
  applyPlan(await planProject([readingContract(domain, change)], system), system);

const pending = async (domain: string, change: StreamChange) =>
  pendingSteps(await planProject([readingContract(domain, change)], system)).map(
    ({ kind, target, line }) => `${kind} ${target}: ${line}`,
  );

const dimension = (domain: string, words: object, fields = standardFields): StreamChange => ({
  fields,
  source: { kind: 'change', name: domain, table: 'public.reading' },
  key: ['sensor'],
  warehouse: { role: 'dimension', orderBy: undefined, name: domain, ...words },
});

/** A version of one sensor, as the sink would land it. */
const land = (domain: string, sensor: string, celsius: number, version: number, deleted = 0) =>
  database.execute(
    `INSERT INTO ${domain}_raw (sensor, measured_at, celsius, _version, _is_deleted, _committed_at)
     VALUES ('${sensor}', 0, ${celsius}, ${version}, ${deleted}, fromUnixTimestamp64Milli(toInt64(${version} * 1000)))`,
  );

const everything = { history: { before: 'first', dictionary: {} }, dictionary: { lifetime: '1h' } };

describe('a dimension', () => {
  test('with history and dictionaries is made once; after that there is nothing to do', async () => {
    const domain = uniqueName('dim');
    const change = dimension(domain, everything);
    await apply(domain, change);
    expect(await pending(domain, change)).toEqual([]);
    expect(await apply(domain, change)).toBe(0);
  });

  test('is looked up by its key, and by key and moment, without a join', async () => {
    const domain = uniqueName('dim');
    await apply(domain, dimension(domain, everything));
    await land(domain, 's1', 10, 100);
    await land(domain, 's1', 20, 200);
    await land(domain, 's2', 30, 150);
    await land(domain, 's2', 0, 250, 1);
    const [row] = await database.query<object>(
      `SELECT dictGet('${domain}_dictionary', 'celsius', 's1') AS now,
         dictHas('${domain}_dictionary', 's2') AS deletedIsThere,
         dictGet('${domain}_history_dictionary', 'celsius', 's1', toDateTime64(150, 3)) AS earlier,
         dictGet('${domain}_history_dictionary', 'celsius', 's1', toDateTime64(5, 3)) AS beforeFirst,
         dictGetOrNull('${domain}_history_dictionary', 'celsius', 's2', toDateTime64(300, 3)) AS gone`,
    );
    expect(row).toEqual({ now: 20, deletedIsThere: 0, earlier: 10, beforeFirst: 10, gone: null });
  });

  test('is read for its dictionary with the credentials of a named collection, where the contract names one', async () => {
    const domain = uniqueName('dim');
    await database.execute(`CREATE NAMED COLLECTION ${domain} AS user = 'default', password = ''`);
    const change = dimension(domain, { dictionary: { credentials: domain } });
    await apply(domain, change);
    await land(domain, 's1', 10, 100);
    expect(
      await database.query(`SELECT dictGet('${domain}_dictionary', 'celsius', 's1') AS now`),
    ).toEqual([{ now: 10 }]);
    expect(await pending(domain, change)).toEqual([]);
    await database.execute(`DROP DICTIONARY ${domain}_dictionary`);
    await database.execute(`DROP NAMED COLLECTION ${domain}`);
  });

  test('whose history is asked for later takes over the versions that are there, once', async () => {
    const domain = uniqueName('dim');
    await apply(domain, dimension(domain, {}));
    await land(domain, 's1', 10, 100);
    await land(domain, 's2', 20, 110);
    const change = dimension(domain, { history: true });
    await apply(domain, change);
    expect(await pending(domain, change)).toEqual([]);
    const fill = `INSERT INTO ${domain}_history_raw (sensor, measured_at, celsius, _version, _is_deleted, _committed_at, _ingested_at)
      SELECT sensor, measured_at, celsius, _version, _is_deleted, _committed_at, _ingested_at FROM ${domain}_raw`;
    await database.execute(fill);
    await land(domain, 's1', 11, 200);
    expect(
      await database.query(
        `SELECT sensor, celsius, toUnixTimestamp(valid_from) AS since, is_current FROM ${domain}_history ORDER BY sensor, since`,
      ),
    ).toEqual([
      { sensor: 's1', celsius: 10, since: 100, is_current: 0 },
      { sensor: 's1', celsius: 11, since: 200, is_current: 1 },
      { sensor: 's2', celsius: 20, since: 110, is_current: 1 },
    ]);
  });

  test('gets a new column everywhere: in its rows, its history and its dictionaries', async () => {
    const domain = uniqueName('dim');
    await apply(domain, dimension(domain, everything));
    await land(domain, 's1', 10, 100);
    const unit = { name: 'unit', type: 'string', default: 'C', doc: 'Of the value.' };
    const wider = dimension(domain, everything, [...standardFields, unit]);
    await apply(domain, wider);
    expect(await pending(domain, wider)).toEqual([]);
    await database.execute(
      `INSERT INTO ${domain}_raw (sensor, celsius, unit, _version, _committed_at) VALUES ('s1', 12, 'F', 300, 300)`,
    );
    expect(await database.query(`SELECT unit FROM ${domain}_history ORDER BY valid_from`)).toEqual([
      { unit: 'C' },
      { unit: 'F' },
    ]);
    expect(
      await database.query(`SELECT dictGet('${domain}_dictionary', 'unit', 's1') AS unit`),
    ).toEqual([{ unit: 'F' }]);
  });

  test('finds one key of its history by the primary index', async () => {
    const domain = uniqueName('dim');
    await apply(domain, dimension(domain, { history: true }));
    await land(domain, 's1', 10, 100);
    const plan = await database.query<{ explain: string }>(
      `EXPLAIN indexes = 1 SELECT * FROM ${domain}_history WHERE sensor = 's1'`,
    );
    expect(plan.map(({ explain }) => explain).join('\n')).toMatch(/Condition: \(sensor in \['s1'/);
  });
});

describe('a history whose making was cut off', () => {
  test('takes over what was there when it is applied again', async () => {
    const domain = uniqueName('dim');
    await apply(domain, dimension(domain, {}));
    await land(domain, 's1', 10, 100);
    const change = dimension(domain, { history: true });
    const plan = await planProject([readingContract(domain, change)], system);
    const made = pendingSteps(plan).filter(({ line }) => !line.startsWith('take over'));
    for (const step of made.slice(0, -1)) await applyPlan({ ...plan, steps: [step] }, system);
    await apply(domain, change);
    expect(await database.query(`SELECT celsius FROM ${domain}_history`)).toEqual([
      { celsius: 10 },
    ]);
    expect(await pending(domain, change)).toEqual([]);
  });
});

describe('an aggregate', () => {
  const results = (words: object = {}): StreamChange => ({
    source: { kind: 'derived' },
    key: ['sensor', 'measured_at'],
    warehouse: { role: 'aggregate', orderBy: undefined, ...words },
  });
  const landResult = (domain: string, celsius: number, producedAt: number, offset: number) =>
    database.execute(
      `INSERT INTO ${domain}_reading_raw (sensor, measured_at, celsius, _partition, _offset, _produced_at)
       VALUES ('s1', 60, ${celsius}, 0, ${offset}, ${producedAt})`,
    );
  const shown = async (domain: string) =>
    (await database.query<{ celsius: number }>(`SELECT celsius FROM ${domain}_reading`)).map(
      ({ celsius }) => celsius,
    );

  test('has the topic of a derived stream and shows the last result of each window and key', async () => {
    const domain = uniqueName('agg');
    await apply(domain, results());
    expect(await pending(domain, results())).toEqual([]);
    const [topic] = await system.kafka.describeTopics([`derived.${domain}.reading`]);
    expect(topic).toMatchObject({ partitions: 2 });
    await landResult(domain, 21, 2_000, 8);
    await landResult(domain, 20, 2_000, 7);
    await landResult(domain, 5, 1_000, 9);
    expect(await shown(domain)).toEqual([21]);
  });

  test('goes by a column of its own where the contract names one', async () => {
    const domain = uniqueName('agg');
    await apply(domain, results({ versionBy: 'celsius' }));
    expect(await pending(domain, results({ versionBy: 'celsius' }))).toEqual([]);
    await landResult(domain, 21, 1_000, 1);
    await landResult(domain, 20, 2_000, 2);
    expect(await shown(domain)).toEqual([21]);
  });
});
