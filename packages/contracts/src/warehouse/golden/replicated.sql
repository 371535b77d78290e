CREATE TABLE IF NOT EXISTS `airports_raw` ON CLUSTER `analytics`
(
  `iata` String COMMENT 'IATA code.' CODEC(ZSTD(1)),
  `name` String COMMENT 'Name of the airport.' CODEC(ZSTD(1)),
  `city` Nullable(String) COMMENT 'City served.' CODEC(ZSTD(1)),
  `state` LowCardinality(Nullable(String)) COMMENT 'State, two letters.' CODEC(ZSTD(1)),
  `country` LowCardinality(String) COMMENT 'Country.' CODEC(ZSTD(1)),
  `latitude` Float64 COMMENT 'Degrees north.' CODEC(ZSTD(1)),
  `longitude` Float64 COMMENT 'Degrees east.' CODEC(ZSTD(1)),
  `_version` UInt128 COMMENT 'Commit order: place in the log of the source, then Kafka offset.',
  `_is_deleted` UInt8 COMMENT '1 when the row was deleted at the source.',
  `_is_truncation` UInt8 COMMENT '1 when the whole table was emptied at the source; the row then is of no key.',
  `_partition` Int32 COMMENT 'Kafka partition of the record.' CODEC(ZSTD(1)),
  `_offset` Int64 COMMENT 'Kafka offset of the record.' CODEC(Delta(8), ZSTD(1)),
  `_committed_at` DateTime64(3, 'UTC') COMMENT 'When the source committed the change.' CODEC(Delta(8), ZSTD(1)),
  `_ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row became queryable.' CODEC(Delta(8), ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}', _version, _is_deleted)
ORDER BY (`iata`)
SETTINGS replicated_deduplication_window = 100000, replicated_deduplication_window_seconds = 86400
COMMENT 'The airports as they are now, for names and places beside the flights.';

CREATE TABLE IF NOT EXISTS `airports_raw_truncations` ON CLUSTER `analytics`
(
  `_version` UInt128 COMMENT 'Commit order: place in the log of the source, then Kafka offset.',
  `_committed_at` DateTime64(3, 'UTC') COMMENT 'When the source committed the change.' CODEC(Delta(8), ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')
ORDER BY (`_version`)
SETTINGS replicated_deduplication_window = 100000, replicated_deduplication_window_seconds = 86400
COMMENT 'Each TRUNCATE of the source of airports, once.';

CREATE MATERIALIZED VIEW `airports_raw_truncations_feed` ON CLUSTER `analytics` TO `airports_raw_truncations` AS SELECT _version, _committed_at FROM `airports_raw` WHERE _is_truncation = 1;

CREATE OR REPLACE VIEW `airports` ON CLUSTER `analytics` DEFINER = CURRENT_USER SQL SECURITY DEFINER AS SELECT `iata`, `name`, `city`, `state`, `country`, `latitude`, `longitude`, `_committed_at`, `_ingested_at` FROM `airports_raw` FINAL WHERE (_is_deleted = 0) AND (_version > (SELECT max(_version) FROM `airports_raw_truncations`));

CREATE OR REPLACE DICTIONARY `db`.`airports_dictionary` ON CLUSTER `analytics` (`iata` String, `name` String, `city` Nullable(String), `state` Nullable(String), `country` String, `latitude` Float64, `longitude` Float64) PRIMARY KEY `iata` SOURCE(CLICKHOUSE(DB 'db' TABLE 'airports')) LIFETIME(MIN 60 MAX 60) LAYOUT(COMPLEX_KEY_HASHED_ARRAY()) COMMENT 'The airports as they are now, for names and places beside the flights.';

CREATE TABLE IF NOT EXISTS `flights_departed_raw` ON CLUSTER `analytics`
(
  `flight_id` String COMMENT 'Identifies the departure; sending it again changes nothing.' CODEC(ZSTD(1)),
  `departed_at` DateTime64(3, 'UTC') COMMENT 'When the flight departed.' CODEC(Delta(8), ZSTD(1)),
  `delay_minutes` Int32 COMMENT 'Arrival delay in minutes; negative when early.' CODEC(T64, ZSTD(1)),
  `distance_miles` Int32 COMMENT 'Great circle distance flown, in miles.' CODEC(T64, ZSTD(1)),
  `origin` LowCardinality(String) COMMENT 'IATA code of the airport of departure.' CODEC(ZSTD(1)),
  `destination` LowCardinality(String) COMMENT 'IATA code of the airport of arrival.' CODEC(ZSTD(1)),
  `_topic` LowCardinality(String) DEFAULT 'events.flights.departed' COMMENT 'Kafka topic of the record.',
  `_partition` Int32 COMMENT 'Kafka partition of the record.' CODEC(ZSTD(1)),
  `_offset` Int64 COMMENT 'Kafka offset of the record.' CODEC(Delta(8), ZSTD(1)),
  `_produced_at` DateTime64(3, 'UTC') COMMENT 'Time of the Kafka record.' CODEC(Delta(8), ZSTD(1)),
  `_incarnation` Int64 COMMENT 'Which log of that name: 48 bits of the topic id; 0 in rows from before.' CODEC(ZSTD(1)),
  `_ingested_at` DateTime64(3, 'UTC') DEFAULT now64(3) COMMENT 'When the row became queryable.' CODEC(Delta(8), ZSTD(1))
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{uuid}/{shard}', '{replica}')
PARTITION BY toYYYYMM(departed_at)
ORDER BY (`origin`, `departed_at`)
SETTINGS replicated_deduplication_window = 100000, replicated_deduplication_window_seconds = 86400
COMMENT 'One row for each flight that left its origin; the base of every delay statistic.';

CREATE OR REPLACE VIEW `flights_departed` ON CLUSTER `analytics` DEFINER = CURRENT_USER SQL SECURITY DEFINER AS SELECT `flight_id`, `departed_at`, `delay_minutes`, `distance_miles`, `origin`, `destination`, `_produced_at`, `_ingested_at` FROM `flights_departed_raw`;
