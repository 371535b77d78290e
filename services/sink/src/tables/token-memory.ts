/**
 * How long a table is sure to remember an insert's token, from the settings it really has: a table that was
 * made by hand may remember fewer than its contract asks for, or none. Source: ClickHouse documentation,
 * MergeTree settings (`non_replicated_deduplication_window`, `replicated_deduplication_window[_seconds]`).
 */
import type { ClickHouse, DescribedTable } from '@millrace/clickhouse';
import { MillraceError } from '@millrace/contracts';

const settingNames = [
  'non_replicated_deduplication_window',
  'replicated_deduplication_window',
  'replicated_deduplication_window_seconds',
] as const;
type Windows = Readonly<Record<(typeof settingNames)[number], number>>;

/**
 * Blocks that one insert of ours may push out of the window: other sinks insert into the table at the same pace,
 * and an insert leaves a block in each of the table's partitions that it touches.
 */
const BLOCKS_PER_INSERT = 4;

/** The windows in force: the table's own, else the server's. */
export async function tokenWindows(
  clickhouse: Pick<ClickHouse, 'query'>,
  table: DescribedTable,
): Promise<Windows> {
  const rows = await clickhouse.query<{ name: string; value: string }>(
    'SELECT name, value FROM system.merge_tree_settings WHERE name IN {names: Array(String)}',
    { names: settingNames },
  );
  const server = new Map(rows.map(({ name, value }) => [name, value]));
  const inForce = settingNames.map((name) => [name, table.settings[name] ?? server.get(name) ?? 0]);
  return Object.fromEntries(inForce.map(([name, value]) => [name, Number(value)])) as Windows;
}

/**
 * For how long a token of now is surely known, ms; infinite for engines that keep no tokens of their own, whose
 * inserts end in other tables. Throws `sink.table-forgets` when the table remembers nothing.
 */
export function tokenMemoryMs(
  table: Pick<DescribedTable, 'name' | 'engine'>,
  windows: Windows,
  insertsPerSecond: number,
): number {
  const engine = table.engine.split('(')[0]!;
  if (!engine.endsWith('MergeTree')) return Number.POSITIVE_INFINITY;
  const isReplicated = /^(Replicated|Shared)/.test(engine);
  const blocks = isReplicated
    ? windows.replicated_deduplication_window
    : windows.non_replicated_deduplication_window;
  const seconds = isReplicated
    ? windows.replicated_deduplication_window_seconds
    : Number.POSITIVE_INFINITY;
  if (blocks === 0 || seconds === 0) {
    throw new MillraceError(
      'sink.table-forgets',
      `${table.name} remembers no insert tokens (${isReplicated ? 'replicated' : 'non_replicated'}_deduplication_window is 0)`,
      { retryable: true },
    );
  }
  // Of the seconds half: a claim is made before its insert, and the server's clock is another one.
  return Math.min((blocks * 1000) / (insertsPerSecond * BLOCKS_PER_INSERT), (seconds * 1000) / 2);
}
