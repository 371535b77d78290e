/**
 * What stands behind a table: materialized views get every block that is inserted, a repeated one too, and their targets drop it
 * by its token, if they remember tokens at all. One that does not counts a repeat twice; nothing that the sink sends can help that.
 */
import type { ClickHouse } from '@millrace/clickhouse';

export interface DependentView {
  /** `database.name` */
  readonly name: string;
  /** `database.name` of the table that it fills. */
  readonly target: string;
  /** False where a repeated block makes its rows stand twice in the target. */
  readonly dropsRepeats: boolean;
}

export interface TableMemory {
  /** Of the table and the views behind it, views behind those included. */
  readonly views: readonly DependentView[];
  /** Blocks that the table and all these targets remember at least; undefined where time decides, as for replicated tables. */
  readonly windowBlocks: number | undefined;
}

interface TableRow {
  readonly database: string;
  readonly name: string;
  readonly engine: string;
  readonly engine_full: string;
  readonly dependents: readonly (readonly [string, string])[];
  readonly target_database: string;
  readonly target_table: string;
  readonly is_refreshable: number;
}

const WINDOW = 'non_replicated_deduplication_window';

/**
 * The table's memory and its views', as the server has them now; undefined when there is no such table. A view whose target this
 * user may not see counts as dropping repeats, since nothing is known of it.
 */
export async function readTableMemory(
  clickhouse: Pick<ClickHouse, 'query' | 'database'>,
  table: string,
): Promise<TableMemory | undefined> {
  const defaultWindow = await readDefaultWindow(clickhouse);
  const [base] = await readTables(clickhouse, [[clickhouse.database, table]]);
  if (!base) return undefined;
  const views: DependentView[] = [];
  const windows = [windowOf(base, defaultWindow)];
  const seen = new Set<string>();
  let pending = base.dependents;
  while (pending.length > 0) {
    const fresh = pending.filter((one) => !seen.has(one.join('.')));
    for (const one of fresh) seen.add(one.join('.'));
    const found = await readTables(clickhouse, fresh);
    const triggered = found.filter(
      ({ engine, is_refreshable }) => engine === 'MaterializedView' && is_refreshable === 0,
    );
    const targets = await readTables(
      clickhouse,
      triggered.map((view) => [view.target_database, view.target_table] as const),
    );
    for (const view of triggered) {
      const target = targets.find(
        ({ database, name }) => database === view.target_database && name === view.target_table,
      );
      const window = target && windowOf(target, defaultWindow);
      if (target && !keepsNothing(target)) windows.push(window);
      views.push({
        name: `${view.database}.${view.name}`,
        target: `${view.target_database}.${view.target_table}`,
        dropsRepeats: target === undefined || keepsNothing(target) || window !== 0,
      });
    }
    pending = targets.flatMap(({ dependents }) => dependents);
  }
  const isTimed = windows.some((window) => window === undefined);
  return { views, windowBlocks: isTimed ? undefined : Math.min(...(windows as number[])) };
}

const keepsNothing = ({ engine }: TableRow): boolean => engine === 'Null';

/** Blocks remembered; undefined for engines that count time or forward to others; 0 for those that remember nothing. */
function windowOf({ engine, engine_full }: TableRow, defaultWindow: number): number | undefined {
  if (/^(Replicated|Shared)/.test(engine) || engine === 'Distributed') return undefined;
  if (!engine.endsWith('MergeTree')) return 0;
  const own = new RegExp(`\\b${WINDOW} = (\\d+)`).exec(engine_full)?.[1];
  return own === undefined ? defaultWindow : Number(own);
}

async function readDefaultWindow(clickhouse: Pick<ClickHouse, 'query'>): Promise<number> {
  const rows = await clickhouse.query<{ value: string }>(
    'SELECT value FROM system.merge_tree_settings WHERE name = {name: String}',
    { name: WINDOW },
  );
  return Number(rows[0]?.value ?? 0);
}

async function readTables(
  clickhouse: Pick<ClickHouse, 'query'>,
  names: readonly (readonly [string, string])[],
): Promise<readonly TableRow[]> {
  if (names.length === 0) return [];
  return clickhouse.query<TableRow>(
    `SELECT database, name, engine, engine_full, target_database, target_table,
       arrayZip(dependencies_database, dependencies_table) AS dependents,
       toUInt8(create_table_query ILIKE '% REFRESH %') AS is_refreshable
     FROM system.tables
     WHERE has(arrayZip({databases: Array(String)}, {tables: Array(String)}), (database, name))`,
    { databases: names.map(([database]) => database), tables: names.map(([, table]) => table) },
  );
}
