export type { ClickHouse, ClickHouseOptions, InsertOptions } from './clickhouse.ts';
