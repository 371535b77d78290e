/**
 * When tables are looked at: as a whole on the schedule of each rule, and, of facts, the rows that came since the last look. A
 * table that got no new parts is not touched in between.
 */
import type { ClickHouse } from '@millrace/clickhouse';
import {
  type Contract,
  hasWarehouse,
  isRowCheck,
  nextDueMs,
  type QualityRule,
  quoteName,
  quoteText,
  type WarehouseContract,
} from '@millrace/contracts';
import type { Clock } from '@millrace/pipeline';
import type { QualityConfig } from '../config.ts';
import type { Watch } from '../watch.ts';
import type { LookAtTable } from './look-at-table.ts';
import type { RuleBoard } from './rule-board.ts';
import { hasNewRows, ruleSource } from './table-source.ts';

export interface TableWatchOptions {
  readonly config: Pick<QualityConfig, 'newRowsEveryMs'>;
  readonly contracts: readonly Contract[];
  readonly clickhouse: ClickHouse;
  readonly rules: RuleBoard;
  readonly look: LookAtTable;
  readonly clock: Clock;
  /** What is known from before the start; before it nothing is due. */
  readonly loaded: () => Promise<void>;
}

const tableRules = (contract: Contract): readonly QualityRule[] =>
  (contract.quality ?? []).filter(({ onTable }) => onTable);

/** Those of the tables that are there and hold no row, as the server counts them without reading. */
const emptyTables = async (
  clickhouse: ClickHouse,
  tables: readonly string[],
): Promise<ReadonlySet<string>> => {
  const rows = await clickhouse.query<{ name: string }>(
    `SELECT name FROM system.tables
     WHERE database = currentDatabase() AND name IN (${tables.map(quoteText).join(', ')}) AND total_rows = 0`,
  );
  return new Set(rows.map(({ name }) => name));
};

/**
 * Whole tables, when a rule is due. A rule that was due while the service was down is due at once; one that was never looked at
 * when its table has a row, and by its schedule while it has none: a stream that just begins is no alert.
 */
export const createScheduledWatch = (options: TableWatchOptions): Watch => {
  const { clickhouse, rules, look, clock } = options;
  const contracts = options.contracts.filter(hasWarehouse);
  const startedMs = clock.nowMs();
  /** When a rule was last looked at here, whatever came of it; before that what the store says. */
  const lookedMs = new Map<string, number>();
  /** When each comes next after which look: to be told from its schedule once. */
  const due = new Map<string, { readonly afterMs: number; readonly atMs: number }>();
  const dueMs = (key: string, schedule: string, afterMs: number): number => {
    const known = due.get(key);
    if (known?.afterMs === afterMs) return known.atMs;
    const atMs = nextDueMs(schedule, afterMs) ?? Number.POSITIVE_INFINITY;
    due.set(key, { afterMs, atMs });
    return atMs;
  };
  const lastLookMs = ({ id }: Contract, rule: QualityRule): number | undefined =>
    lookedMs.get(`${id}/${rule.id}`) ??
    rules.latest(id, rule.id).find(({ place, scope }) => place === 'table' && scope === 'all')
      ?.atMs;
  /** Never looked at, and not due by its schedule: looked at as soon as there is a row, so that a page says something. */
  const waitsForRows = (contract: Contract, rule: QualityRule): boolean =>
    lastLookMs(contract, rule) === undefined &&
    dueMs(`${contract.id}/${rule.id}`, rule.schedule, startedMs) > clock.nowMs();
  const isDue = (contract: Contract, rule: QualityRule, isEmpty: boolean): boolean => {
    if (waitsForRows(contract, rule)) return !isEmpty;
    const lastMs = lastLookMs(contract, rule) ?? startedMs;
    return dueMs(`${contract.id}/${rule.id}`, rule.schedule, lastMs) <= clock.nowMs();
  };
  /** Asks only for tables with a rule that waits for rows: soon none. */
  const findEmpty = (): Promise<ReadonlySet<string>> | undefined => {
    const waiting = contracts.filter((contract) =>
      tableRules(contract).some((rule) => waitsForRows(contract, rule)),
    );
    if (waiting.length === 0) return undefined;
    return emptyTables(
      clickhouse,
      waiting.map(({ warehouse }) => warehouse.table),
    );
  };
  return {
    name: 'rules-scheduled',
    everyMs: 2_000,
    round: async (signal) => {
      await options.loaded();
      const empty = await findEmpty();
      for (const contract of contracts) {
        const isEmpty = empty?.has(contract.warehouse.table) ?? false;
        const due = tableRules(contract).filter((rule) => isDue(contract, rule, isEmpty));
        if (due.length === 0 || signal.aborted) continue;
        const atMs = clock.nowMs();
        await look(contract, due, 'all', { source: ruleSource(contract) });
        for (const { id } of due) lookedMs.set(`${contract.id}/${id}`, atMs);
      }
    },
  };
};

/** Inserts become visible a little after the moment that they are stamped with. */
const settleMs = 5_000;

const changedTables = async (
  clickhouse: ClickHouse,
  tables: readonly string[],
): Promise<{ readonly nowMs: number; readonly changedMs: ReadonlyMap<string, number> }> => {
  const names = tables.map(quoteText).join(', ');
  const [[now], rows] = await Promise.all([
    clickhouse.query<{ ms: string }>('SELECT toUnixTimestamp64Milli(now64(3)) AS ms'),
    clickhouse.query<{ table: string; ms: string }>(
      `SELECT table, toUInt64(toUnixTimestamp(max(modification_time))) * 1000 AS ms FROM system.parts
       WHERE active AND database = currentDatabase() AND table IN (${names}) GROUP BY table`,
    ),
  ]);
  return {
    nowMs: Number(now?.ms ?? 0),
    changedMs: new Map(rows.map(({ table, ms }) => [table, Number(ms)])),
  };
};

const newRows = ({ warehouse }: WarehouseContract, fromMs: number, toMs: number) => ({
  source: quoteName(warehouse.table),
  // Parts from before the last look are not opened; what merges wrote since is, for its times alone.
  where: `_part IN (SELECT name FROM system.parts WHERE active AND database = currentDatabase() AND table = ${quoteText(warehouse.table)}
    AND modification_time >= toDateTime(fromUnixTimestamp64Milli({from:Int64})) - 1)
    AND _ingested_at > fromUnixTimestamp64Milli({from:Int64}) AND _ingested_at <= fromUnixTimestamp64Milli({to:Int64})`,
  params: { from: fromMs, to: toMs },
});

/** Rows of facts that came since the last look; begins with the start of the service. */
export const createNewRowsWatch = (options: TableWatchOptions): Watch => {
  const { clickhouse, look } = options;
  const contracts = options.contracts
    .filter(hasWarehouse)
    .filter(hasNewRows)
    .filter((contract) => tableRules(contract).some(({ check }) => isRowCheck(check)));
  const untilMs = new Map<string, number>();
  return {
    name: 'rules-new-rows',
    everyMs: options.config.newRowsEveryMs,
    round: async (signal) => {
      if (contracts.length === 0) return;
      await options.loaded();
      const tables = contracts.map(({ warehouse }) => warehouse.table);
      const { nowMs, changedMs } = await changedTables(clickhouse, tables);
      const toMs = nowMs - settleMs;
      for (const contract of contracts) {
        const fromMs = untilMs.get(contract.id);
        if (signal.aborted) return;
        const rules = tableRules(contract).filter(({ check }) => isRowCheck(check));
        const hasParts = (changedMs.get(contract.warehouse.table) ?? 0) >= (fromMs ?? 0) - 1000;
        if (fromMs !== undefined && hasParts)
          await look(contract, rules, 'new', newRows(contract, fromMs, toMs));
        untilMs.set(contract.id, toMs);
      }
    },
  };
};
