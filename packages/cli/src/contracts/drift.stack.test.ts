/** What somebody did to tables by hand is found, each kind of it, and apply cures what it may. */
import {
  type ClickHouseDatabase,
  createClickHouseDatabase,
  stackUnderTest,
  uniqueName,
} from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { applyPlan } from './apply.ts';
import { driftOf } from './drift.ts';
import { planProject } from './plan.ts';
import { connectSystem, type PlatformSystem } from './platform-system.ts';
import { readingContract } from './testing/project-fixture.ts';

let database: ClickHouseDatabase;
let system: PlatformSystem;
const domain = uniqueName('drift').replaceAll('-', '_');
const table = `${domain}_reading_raw`;
const contract = readingContract(domain, {
  warehouse: { retention: '365000d', indexes: [{ column: 'celsius', type: 'minmax' }] },
});

beforeAll(async () => {
  const { kafkaBrokers, registryUrl } = stackUnderTest();
  database = await createClickHouseDatabase('drift');
  const brokers = kafkaBrokers.split(',');
  system = connectSystem({ kafkaBrokers: brokers, registryUrl, clickhouseUrl: database.url });
  await applyPlan(await planProject([contract], system), system);
});
afterAll(async () => {
  await system.close();
  await database.drop();
});

const drift = async () =>
  (await driftOf([contract], system)).map(({ cure, name, line }) => `${cure}: ${name} ${line}`);

test('a system as its contracts say has no drift', async () => {
  expect(await drift()).toEqual([]);
});

const changes: readonly (readonly [string, string, RegExp])[] = [
  [
    'a dropped column',
    'DROP INDEX idx_celsius_minmax, DROP COLUMN celsius',
    /^apply: .* add column celsius/,
  ],
  ['an added column', 'ADD COLUMN extra Int8', /^person: .* remove column extra/],
  ['another type', 'MODIFY COLUMN celsius Int64', /^person: .* column celsius Int64 → Int32/],
  ['another default', 'MODIFY COLUMN celsius DEFAULT 7', /^apply: .* celsius: default 7/],
  ['another codec', 'MODIFY COLUMN celsius CODEC(NONE)', /^apply: .* celsius: codec NONE/],
  ['another comment', "COMMENT COLUMN celsius 'warm'", /^apply: .* celsius: comment/],
  ['no TTL', 'REMOVE TTL', /^person: .* ttl \(none\)/],
  ['a setting', 'MODIFY SETTING merge_with_ttl_timeout = 60', /^person: .* merge_with_ttl_timeout/],
  [
    'no deduplication window',
    'MODIFY SETTING non_replicated_deduplication_window = 0',
    /^apply: .* non_replicated_deduplication_window 0 → 10000/,
  ],
  ['a dropped index', 'DROP INDEX idx_celsius_minmax', /^apply: .* add index idx_celsius_minmax/],
  ['an added index', 'ADD INDEX mine sensor TYPE minmax', /^person: .* index mine/],
  ['a constraint', 'ADD CONSTRAINT cold CHECK celsius < 99', /^person: .* constraint cold/],
  ['a projection', 'ADD PROJECTION p (SELECT count())', /^person: .* projection p/],
  ['a computed column', 'ADD COLUMN f Int32 ALIAS celsius * 2', /computed column f/],
];

test.each(changes)('%s is found', async (_name, change, expected) => {
  await database.execute(`ALTER TABLE ${table} ${change}`);
  expect(await drift()).toContainEqual(expect.stringMatching(expected));
  await database.execute(`DROP TABLE ${table} SYNC`);
  await applyPlan(await planProject([contract], system), system);
  expect(await drift()).toEqual([]);
});

test('a view that was changed by hand, and a dropped one, are cured by apply', async () => {
  const view = `${domain}_reading`;
  await database.execute(`CREATE OR REPLACE VIEW ${view} AS SELECT sensor FROM ${table}`);
  expect(await drift()).toEqual([expect.stringMatching(/^apply: .* columns change/)]);
  await database.execute(`DROP VIEW ${view}`);
  expect(await drift()).toEqual([`apply: ${view} create`]);
  await applyPlan(await planProject([contract], system), system);
  expect(await drift()).toEqual([]);
});

test('a table of the platform’s naming that nobody declares is for a person', async () => {
  await database.execute('CREATE TABLE left_raw (x Int8) ENGINE = MergeTree ORDER BY x');
  await database.execute('CREATE TABLE other (x Int8) ENGINE = MergeTree ORDER BY x');
  expect(await drift()).toEqual([expect.stringMatching(/^person: left_raw no contract/)]);
});
