/** Where the two ways land, and how their rows are compared. */
import type { ClickHouse } from '@millrace/clickhouse';

export interface LandingWay {
  readonly name: string;
  readonly table: string;
  /** Lands framed records whose offsets begin at `firstOffset`. */
  land(records: readonly Buffer[], firstOffset: number, token: string): Promise<void>;
}

export const PRODUCED_AT_MS = Date.UTC(2026, 0, 1);
export const PARTITION = 3;

const TABLES = ['spliced', 'decoded'];

export const createTables = async (clickhouse: ClickHouse): Promise<void> => {
  for (const table of TABLES) {
    await clickhouse.exec(`CREATE OR REPLACE TABLE ${table} (
      flight_id String,
      departed_at DateTime64(3, 'UTC'),
      delay_minutes Int32,
      distance_miles Int32,
      origin LowCardinality(String),
      destination LowCardinality(String),
      _partition Int32,
      _offset Int64,
      _produced_at DateTime64(3, 'UTC')
    ) ENGINE = MergeTree ORDER BY (origin, departed_at)
    SETTINGS non_replicated_deduplication_window = 1000`);
  }
};

/** The same for two tables with the same rows in any order. */
export const checksum = async (clickhouse: ClickHouse, table: string): Promise<string> => {
  const [row] = await clickhouse.query<{ sum: string }>(
    `SELECT concat(toString(count()), ':', toString(sum(cityHash64(*)))) AS sum FROM ${table}`,
  );
  return row?.sum ?? '';
};
