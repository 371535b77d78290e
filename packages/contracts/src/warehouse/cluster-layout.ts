import { rollupNames } from './rollups.ts';
import { quoteName } from './sql-text.ts';
import {
  type WarehouseFeed,
  type WarehouseObjects,
  warehouseObjects,
} from './warehouse-objects.ts';
import type { TableShape, WarehouseContract } from './warehouse-table.ts';

/**
 * Where the tables of a warehouse are kept: on one server, or on every server of a cluster, copied to its
 * replicas, spread over its shards. A layout changes engines and names and nothing that a contract says.
 * Nothing here was run on a cluster by this project's tests: docs/howto/cluster.md says what was proved.
 */
export interface ClusterLayout {
  /** Name in the servers' `remote_servers`. */
  readonly cluster: string;
  readonly isReplicated: boolean;
  readonly isSharded: boolean;
}

/**
 * `{uuid}` and not the table's name: a table that is rebuilt and exchanged keeps its path, and one that is
 * dropped and made again does not meet the leftovers of the first.
 */
const replicaArguments = "'/clickhouse/tables/{uuid}/{shard}', '{replica}'";

/** `MergeTree(a, b)` → `ReplicatedMergeTree('…', '…', a, b)`. */
export const replicatedEngine = (engine: string): string => {
  const [, name = engine, given] = /^(\w+)(?:\((.*)\))?$/s.exec(engine) ?? [];
  const rest = given === undefined || given === '' ? '' : `, ${given}`;
  return `Replicated${name}(${replicaArguments}${rest})`;
};

/** The engine of a replicated table without its place in the keeper, which the contracts do not speak of. */
export const plainEngine = (engine: string): string =>
  engine.replace(/^(Replicated\w+)\('[^']*', '[^']*'(?:, )?/, '$1(').replace(/^(\w+)\(\)$/, '$1');

/** The server forgets tokens by number and by age; a stalled sink of yesterday must still be recognised. */
const replicatedWindow = {
  replicated_deduplication_window: 100_000,
  replicated_deduplication_window_seconds: 86_400,
} as const;

/** Name of a sharded table on each server; the plain one is the Distributed table over all of them. */
export const localName = (table: string): string => `${table}_local`;

/** A table over the shards of another. */
export interface DistributedTable {
  readonly name: string;
  readonly local: string;
  readonly columns: TableShape['columns'];
  /** `Distributed(…)` with its arguments. */
  readonly engine: string;
}

export interface LaidOutObjects extends WarehouseObjects {
  readonly distributed: readonly DistributedTable[];
}

const laidOutShape = (shape: TableShape, layout: ClusterLayout): TableShape => ({
  ...shape,
  name: layout.isSharded ? localName(shape.name) : shape.name,
  engine: layout.isReplicated ? replicatedEngine(shape.engine) : shape.engine,
  settings: layout.isReplicated
    ? { ...withoutPlainWindow(shape.settings), ...replicatedWindow }
    : shape.settings,
});

const withoutPlainWindow = ({
  non_replicated_deduplication_window: _,
  ...settings
}: TableShape['settings']): TableShape['settings'] => settings;

/** A feed works on each server, between the tables there: what arrives on a shard stays on it. */
const localFeed = (feed: WarehouseFeed, tables: readonly TableShape[]): WarehouseFeed => ({
  ...feed,
  target: localName(feed.target),
  select: tables.reduce(
    (select, { name }) => select.replaceAll(quoteName(name), quoteName(localName(name))),
    feed.select,
  ),
});

/**
 * What a contract's objects are under a layout; without one they are as they were.
 * Without `shardBy` in the contract a fact is spread by its Kafka partition, so that an
 * insert goes to one shard as one block; versions of a key have to meet, so other tables are spread by their order.
 */
export const laidOutObjects = (
  contract: WarehouseContract,
  layout: ClusterLayout | undefined,
): LaidOutObjects => {
  const { key, warehouse } = contract;
  const objects = warehouseObjects(contract);
  if (layout === undefined) return { ...objects, distributed: [] };
  const tables = objects.tables.map((shape) => laidOutShape(shape, layout));
  if (!layout.isSharded) return { ...objects, tables, distributed: [] };
  return {
    ...objects,
    tables,
    feeds: objects.feeds.map((feed) => localFeed(feed, objects.tables)),
    distributed: objects.tables.map((shape): DistributedTable => {
      const by =
        (shape.name === warehouse.table ? warehouse.shardBy : undefined) ??
        defaultSharding(shape, key);
      const place = `${quoteName(layout.cluster)}, currentDatabase(), ${quoteName(localName(shape.name))}`;
      return {
        name: shape.name,
        local: localName(shape.name),
        columns: shape.columns,
        engine: `Distributed(${place}, ${by})`,
      };
    }),
  };
};

const defaultSharding = ({ engine, columns, orderBy }: TableShape, key: readonly string[]) => {
  const has = (name: string) => columns.some((column) => column.name === name);
  if (engine === 'MergeTree' && has('_partition')) return '_partition';
  const by = key.length > 0 && key.every(has) ? key : orderBy;
  return `cityHash64(${by.map(quoteName).join(', ')})`;
};

/** `CREATE TABLE IF NOT EXISTS … AS local ENGINE = Distributed(…)`. */
export const distributedDdl = ({ name, local, engine }: DistributedTable): string =>
  `CREATE TABLE IF NOT EXISTS ${quoteName(name)} AS ${quoteName(local)} ENGINE = ${engine}`;

/**
 * The statement for every server of the cluster: `ON CLUSTER` stands behind the first name. An INSERT goes through the
 * tables over the shards instead.
 */
export const onCluster = (statement: string, layout: ClusterLayout | undefined): string =>
  layout === undefined || statement.startsWith('INSERT')
    ? statement
    : statement.replace(
        /`(?:[^`\\]|\\.)*`(?:\.`(?:[^`\\]|\\.)*`)?/,
        (name) => `${name} ON CLUSTER ${quoteName(layout.cluster)}`,
      );

/** Names of all that a contract has under a layout. */
export const laidOutNames = (
  contract: WarehouseContract,
  layout: ClusterLayout | undefined,
): readonly string[] => {
  const { distributed, ...objects } = laidOutObjects(contract, layout);
  const named = [...Object.values(objects).flat(), ...distributed].map(({ name }) => name);
  return [...named, ...rollupNames(contract)];
};
