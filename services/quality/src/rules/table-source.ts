/** What a rule reads of a contract's table, and what a look at it may cost. */
import type { ClickHouse, ClickHouseSettingValues } from '@millrace/clickhouse';
import { quoteName, type WarehouseContract } from '@millrace/contracts';
import type { QualityConfig } from '../config.ts';

/** What analysts see; of a fact without identity the table itself, which is the same without a view. */
export const ruleSource = ({ warehouse }: WarehouseContract): string =>
  quoteName(
    warehouse.role === 'fact' && warehouse.onceBy === undefined ? warehouse.table : warehouse.view,
  );

/** Rows are looked at as they come: of a fact, whose rows never change. */
export const hasNewRows = ({ warehouse }: WarehouseContract): boolean => warehouse.role === 'fact';

/** When a row was sent; undefined of an aggregate, whose rows have the time of what they are made of. */
export const sentColumn = ({ warehouse }: WarehouseContract): string | undefined =>
  ({ fact: '_produced_at', dimension: '_committed_at', aggregate: undefined })[warehouse.role];

/** Asks ClickHouse within the limits; reads only. */
export type Ask = <Row>(
  statement: string,
  params?: Readonly<Record<string, unknown>>,
) => Promise<Row[]>;

/** Nothing but reading, and no more than this of the server. */
export const askLimits = (
  config: Pick<QualityConfig, 'ruleSecondsMax' | 'ruleThreads' | 'ruleMemoryMax'>,
): ClickHouseSettingValues => ({
  readonly: 2,
  max_execution_time: Math.ceil(config.ruleSecondsMax / 1000),
  max_threads: config.ruleThreads,
  max_memory_usage: config.ruleMemoryMax,
  // A condition over a column is over the column, not over the mask that stands in its place.
  prefer_column_name_to_alias: 1,
});

export const createAsk = (clickhouse: ClickHouse, limits: ClickHouseSettingValues): Ask => {
  return (statement, params) => clickhouse.query(statement, params, limits);
};
