import { describe, expect, test } from 'vitest';
import { parseProject } from '../project/parse-project.ts';
import { exampleFiles } from '../testing/example-files.ts';
import { rawTableDdl, viewDdl } from './table-ddl.ts';

const [airports, departed] = parseProject(exampleFiles()).contracts;

describe('the tables of the example', () => {
  test('a fact keeps where each row came from and remembers insert tokens', () => {
    expect(rawTableDdl(departed!)).toMatchInlineSnapshot(`
      "CREATE TABLE IF NOT EXISTS \`flights_departed_raw\`
      (
        \`flight_id\` String COMMENT 'Identifies the departure; sending it again changes nothing.' CODEC(ZSTD(1)),
        \`departed_at\` DateTime64(3, 'UTC') COMMENT 'When the flight departed.' CODEC(Delta(8), ZSTD(1)),
        \`delay_minutes\` Int32 COMMENT 'Arrival delay in minutes; negative when early.' CODEC(T64, ZSTD(1)),
        \`distance_miles\` Int32 COMMENT 'Great circle distance flown, in miles.' CODEC(T64, ZSTD(1)),
        \`origin\` LowCardinality(String) COMMENT 'IATA code of the airport of departure.' CODEC(ZSTD(1)),
        \`destination\` LowCardinality(String) COMMENT 'IATA code of the airport of arrival.' CODEC(ZSTD(1)),
        \`_topic\` LowCardinality(String) DEFAULT 'events.flights.departed' COMMENT 'Kafka topic of the record.',
        \`_partition\` Int32 COMMENT 'Kafka partition of the record.' CODEC(ZSTD(1)),
        \`_offset\` Int64 COMMENT 'Kafka offset of the record.' CODEC(Delta(8), ZSTD(1)),
        \`_produced_at\` DateTime64(3, 'UTC') COMMENT 'Time of the Kafka record.' CODEC(Delta(8), ZSTD(1)),
        \`_incarnation\` Int64 COMMENT 'Which log of that name: 48 bits of the topic id; 0 in rows from before.' CODEC(ZSTD(1)),
        \`_ingested_at\` DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row became queryable.' CODEC(Delta(8), ZSTD(1))
      )
      ENGINE = MergeTree
      PARTITION BY toYYYYMM(departed_at)
      ORDER BY (\`origin\`, \`departed_at\`)
      SETTINGS non_replicated_deduplication_window = 10000
      COMMENT 'One row for each flight that left its origin; the base of every delay statistic.'"
    `);
  });

  test('a fact’s view shows the business columns and the times', () => {
    expect(viewDdl(departed!)).toMatchInlineSnapshot(
      `"CREATE OR REPLACE VIEW \`flights_departed\` DEFINER = CURRENT_USER SQL SECURITY DEFINER AS SELECT \`flight_id\`, \`departed_at\`, \`delay_minutes\`, \`distance_miles\`, \`origin\`, \`destination\`, \`_produced_at\`, \`_ingested_at\` FROM \`flights_departed_raw\`"`,
    );
  });

  test('a fact that is shown once by its identity keeps every row in its table', () => {
    const once = { ...departed!, warehouse: { ...departed!.warehouse!, onceBy: ['flight_id'] } };
    expect(viewDdl(once)).toBe(`${viewDdl(departed!)} LIMIT 1 BY \`flight_id\``);
    expect(rawTableDdl(once)).toBe(rawTableDdl(departed!));
  });

  test('a dimension keeps the latest version of each key', () => {
    expect(rawTableDdl(airports!)).toMatchInlineSnapshot(`
      "CREATE TABLE IF NOT EXISTS \`airports_raw\`
      (
        \`iata\` String COMMENT 'IATA code.' CODEC(ZSTD(1)),
        \`name\` String COMMENT 'Name of the airport.' CODEC(ZSTD(1)),
        \`city\` Nullable(String) COMMENT 'City served.' CODEC(ZSTD(1)),
        \`state\` LowCardinality(Nullable(String)) COMMENT 'State, two letters.' CODEC(ZSTD(1)),
        \`country\` LowCardinality(String) COMMENT 'Country.' CODEC(ZSTD(1)),
        \`latitude\` Float64 COMMENT 'Degrees north.' CODEC(ZSTD(1)),
        \`longitude\` Float64 COMMENT 'Degrees east.' CODEC(ZSTD(1)),
        \`_version\` UInt128 COMMENT 'Commit order: place in the log of the source, then Kafka offset.',
        \`_is_deleted\` UInt8 COMMENT '1 when the row was deleted at the source.',
        \`_is_truncation\` UInt8 COMMENT '1 when the whole table was emptied at the source; the row then is of no key.',
        \`_partition\` Int32 COMMENT 'Kafka partition of the record.' CODEC(ZSTD(1)),
        \`_offset\` Int64 COMMENT 'Kafka offset of the record.' CODEC(Delta(8), ZSTD(1)),
        \`_committed_at\` DateTime64(3, 'UTC') COMMENT 'When the source committed the change.' CODEC(Delta(8), ZSTD(1)),
        \`_ingested_at\` DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row became queryable.' CODEC(Delta(8), ZSTD(1))
      )
      ENGINE = ReplacingMergeTree(_version, _is_deleted)
      ORDER BY (\`iata\`)
      SETTINGS non_replicated_deduplication_window = 10000
      COMMENT 'The airports as they are now, for names and places beside the flights.'"
    `);
  });

  test('a dimension’s view hides deleted rows and older versions', () => {
    expect(viewDdl(airports!)).toMatchInlineSnapshot(
      `"CREATE OR REPLACE VIEW \`airports\` DEFINER = CURRENT_USER SQL SECURITY DEFINER AS SELECT \`iata\`, \`name\`, \`city\`, \`state\`, \`country\`, \`latitude\`, \`longitude\`, \`_committed_at\`, \`_ingested_at\` FROM \`airports_raw\` FINAL WHERE (_is_deleted = 0) AND (_version > (SELECT max(_version) FROM \`airports_raw_truncations\`))"`,
    );
  });

  test('a contract without a warehouse section has none', () => {
    const { warehouse: _, ...stream } = departed!;
    expect(() => rawTableDdl(stream)).toThrow(/no warehouse section/);
    expect(() => viewDdl(stream)).toThrow(/no warehouse section/);
  });

  test('text that people wrote cannot leave its quotes', () => {
    const quoted = { ...departed!, description: "a 'quoted' \\ text" };
    expect(rawTableDdl(quoted)).toContain("COMMENT 'a \\'quoted\\' \\\\ text'");
  });
});
