import { describe, expect, test } from 'vitest';
import { planTables } from '../plan/tables.ts';
import { parseProject } from '../project/parse-project.ts';
import { exampleFiles } from '../testing/example-files.ts';
import { type ClusterLayout, laidOutObjects, plainEngine } from './cluster-layout.ts';
import { hasWarehouse } from './warehouse-table.ts';

const contracts = parseProject(exampleFiles()).contracts.filter(hasWarehouse);
const [airports, departed] = contracts;
const replicated: ClusterLayout = { cluster: 'analytics', isReplicated: true, isSharded: false };
const sharded: ClusterLayout = { ...replicated, isSharded: true };

const statements = (layout?: ClusterLayout) =>
  planTables(contracts, [], 'db', layout).map(({ action }) => `${action?.statement};\n`);

describe('the statements for the example', () => {
  test('on the replicas of a cluster are those of golden/replicated.sql', async () => {
    const sql = statements(replicated).join('\n');
    await expect(sql).toMatchFileSnapshot('golden/replicated.sql');
  });

  test('on shards with replicas are those of golden/sharded.sql', async () => {
    await expect(statements(sharded).join('\n')).toMatchFileSnapshot('golden/sharded.sql');
  });

  test('all go to every server of the cluster, and without a cluster none does', () => {
    for (const statement of statements(sharded))
      expect(statement).toContain('ON CLUSTER `analytics`');
    for (const statement of statements()) expect(statement).not.toContain('ON CLUSTER');
  });
});

const shardingOf = (change: { shardBy?: string }) => {
  const contract = { ...departed!, warehouse: { ...departed!.warehouse, ...change } };
  return laidOutObjects(contract, sharded).distributed[0]?.engine;
};

test('a fact is spread by Kafka partition, so that an insert is one block on one shard, or as its contract says', () => {
  expect(shardingOf({})).toMatch(/, _partition\)$/);
  expect(shardingOf({ shardBy: 'cityHash64(origin)' })).toMatch(/, cityHash64\(origin\)\)$/);
});

test('versions of a key meet on one shard', () => {
  expect(laidOutObjects(airports!, sharded).distributed[0]?.engine).toMatch(
    /, cityHash64\(`iata`\)\)$/,
  );
});

test('what was made is as declared the next time, in the server’s spelling', () => {
  const { tables, distributed } = laidOutObjects(departed!, sharded);
  const common = { sortingKey: '', partitionKey: '' };
  const actual = [
    ...tables.map((shape) => ({
      ...shape,
      sortingKey: 'origin, departed_at',
      partitionKey: 'toYYYYMM(departed_at)',
      engine: shape.engine.replace('{shard}', '01'),
      settings: Object.fromEntries(Object.entries(shape.settings).map(([k, v]) => [k, String(v)])),
    })),
    ...distributed.map((table) => ({ ...common, ...table })),
  ];
  const steps = planTables([departed!], actual, 'db', sharded);
  expect(steps.filter(({ target }) => target === 'table').map(({ kind }) => kind)).toEqual([
    'unchanged',
    'unchanged',
  ]);
});

test('a column is added on the servers first and then to the table over them', () => {
  const { tables, distributed } = laidOutObjects(departed!, sharded);
  const without = <Table extends { columns: readonly { name: string }[] }>(table: Table) => ({
    ...table,
    columns: table.columns.filter(({ name }) => name !== 'delay_minutes'),
    sortingKey: 'origin, departed_at',
    partitionKey: 'toYYYYMM(departed_at)',
  });
  const actual = [...tables.map(without), ...distributed.map(without)] as never;
  const added = planTables([departed!], actual, 'db', sharded)
    .map(({ action }) => action?.statement ?? '')
    .filter((statement) => statement.includes('ADD COLUMN'));
  expect(added.map((statement) => statement.slice(0, 68))).toEqual([
    'ALTER TABLE `flights_departed_raw_local` ON CLUSTER `analytics` ADD ',
    'ALTER TABLE `flights_departed_raw` ON CLUSTER `analytics` ADD COLUMN',
  ]);
});

test('a table without replicas is another engine than one with them', () => {
  const engine = "ReplicatedReplacingMergeTree('/clickhouse/x', 'r1', _version, _is_deleted)";
  expect(plainEngine(engine)).toBe('ReplicatedReplacingMergeTree(_version, _is_deleted)');
  expect(plainEngine("ReplicatedMergeTree('/clickhouse/x', 'r1')")).toBe('ReplicatedMergeTree');
  expect(plainEngine('MergeTree')).toBe('MergeTree');
});
