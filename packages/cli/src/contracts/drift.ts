import type { ClickHouse } from '@millrace/clickhouse';
import { type Contract, type Drift, findDrift, type Inventory } from '@millrace/contracts';
import { type PlanOptions, planProject } from './plan.ts';
import type { PlatformSystem } from './platform-system.ts';

/** The difference between a running system and its contracts, by what has to be done about it. */

interface TableRow {
  readonly name: string;
  readonly engine: string;
  readonly statement: string;
  readonly engine_full: string;
}

const constraintPattern = /\bCONSTRAINT `?([^\s`]+)`? (?:CHECK|ASSUME)\b/g;

const settingsOf = ({ name, engine_full }: TableRow) => {
  const list = / SETTINGS (.+)$/.exec(engine_full)?.[1] ?? '';
  return list
    .split(', ')
    .filter((pair) => pair !== '')
    .map((pair) => pair.split(' = '))
    .map(([setting = '', value = '']) => ({ table: name, name: setting, value }));
};

/** Reads what the connection's database holds. */
export const observeInventory = async (clickhouse: ClickHouse): Promise<Inventory> => {
  const params = { database: clickhouse.database };
  const inDatabase = 'WHERE database = {database: String}';
  const [tables, projections, indexes, columns] = await Promise.all([
    clickhouse.query<TableRow>(
      `SELECT name, engine, create_table_query AS statement, engine_full FROM system.tables ${inDatabase}`,
      params,
    ),
    clickhouse.query<{ table: string; name: string }>(
      `SELECT table, name FROM system.projections ${inDatabase}`,
      params,
    ),
    clickhouse.query<{ table: string; name: string }>(
      `SELECT table, name FROM system.data_skipping_indices ${inDatabase} AND creation = 'Explicit'`,
      params,
    ),
    clickhouse.query<{ table: string; name: string }>(
      `SELECT table, name FROM system.columns ${inDatabase} AND default_kind IN ('MATERIALIZED', 'ALIAS', 'EPHEMERAL')`,
      params,
    ),
  ]);
  const constraints = tables.flatMap(({ name: table, statement }) =>
    [...statement.matchAll(constraintPattern)].map(([, name = '']) => ({ table, name })),
  );
  const extra =
    (kind: Inventory['extras'][number]['kind']) =>
    ({ table, name }: { table: string; name: string }) => ({ kind, table, name });
  return {
    tables: tables.map(({ name, engine }) => ({ name, engine })),
    extras: [
      ...constraints.map(extra('constraint')),
      ...projections.map(extra('projection')),
      ...indexes.map(extra('index')),
      ...columns.map(extra('computed column')),
    ],
    settings: tables.flatMap(settingsOf),
  };
};

/** Rejects with the client's error when a server cannot be asked. */
export const driftOf = async (
  contracts: readonly Contract[],
  system: PlatformSystem,
  options: PlanOptions = {},
): Promise<readonly Drift[]> => {
  const [{ steps }, inventory] = await Promise.all([
    planProject(contracts, system, options),
    observeInventory(system.clickhouse),
  ]);
  return findDrift(contracts, steps, inventory, options.layout);
};

/** One line a finding, and its way below. */
export const driftText = (drift: readonly Drift[]): string => {
  if (drift.length === 0) return 'No drift: the system is as the contracts say.';
  const lines = drift.map(({ target, name, line, cure, way }) => {
    const hint = cure === 'apply' ? 'millrace contracts apply cures it' : (way ?? '');
    return `≠ ${target.padEnd(9)} ${name}: ${line}\n            ${hint}`;
  });
  const byApply = drift.filter(({ cure }) => cure === 'apply').length;
  return `${lines.join('\n')}\n\n${byApply} cured by apply, ${drift.length - byApply} for a person`;
};
