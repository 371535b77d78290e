/**
 * The tables of dead letters in ClickHouse: an index by which they are found and counted, over longer than Kafka keeps them,
 * and what redrives did. A letter that is indexed twice is one row: its place is the key.
 */
import type { ClickHouse } from '@millrace/clickhouse';
import type { LetterRow } from './letter-row.ts';

export const lettersTable = 'millrace_dead_letters';
export const redrivesTable = 'millrace_dead_redrives';

/** Columns that a row gives beside `at_ms`, in the table's own types. */
const columns = {
  service: 'LowCardinality(String)',
  topic_id: 'LowCardinality(String)',
  letter_partition: 'UInt32',
  letter_offset: 'UInt64',
  topic: 'LowCardinality(String)',
  partition: 'Nullable(UInt32)',
  offset: 'Nullable(UInt64)',
  contract: 'LowCardinality(Nullable(String))',
  stage: 'LowCardinality(Nullable(String))',
  code: 'LowCardinality(String)',
  message: 'String',
  key_text: 'Nullable(String)',
  value_bytes: 'UInt64',
  origin: 'String',
  whole: 'Nullable(Bool)',
} as const satisfies Record<Exclude<keyof LetterRow, 'at_ms'>, string>;

/** Letters come about in the order of their times: a stretch of time is a part of the table. */
const byTime = 'INDEX by_time at TYPE minmax GRANULARITY 1';

export const makeTables = async (clickhouse: ClickHouse, retentionMs: number): Promise<void> => {
  const ttl = `TTL toDateTime(at) + INTERVAL ${Math.ceil(retentionMs / 1000)} SECOND`;
  const declared = Object.entries(columns).map(([name, type]) => `${name} ${type}`);
  await clickhouse.exec(
    `CREATE TABLE IF NOT EXISTS ${lettersTable} (at DateTime64(3, 'UTC'), ${declared.join(', ')}, ${byTime})
     ENGINE = ReplacingMergeTree ORDER BY (service, topic_id, letter_partition, letter_offset) ${ttl}
     COMMENT 'Dead letters of all services: where from and why. Their bytes are on Kafka.'`,
  );
  // of tables that an older version made: what is written or merged from here on has it
  await clickhouse.exec(`ALTER TABLE ${lettersTable} ADD INDEX IF NOT EXISTS ${byTime.slice(6)}`);
  await clickhouse.exec(
    `ALTER TABLE ${lettersTable} ADD COLUMN IF NOT EXISTS whole ${columns.whole}`,
  );
  await clickhouse.exec(
    `CREATE TABLE IF NOT EXISTS ${redrivesTable} (at DateTime64(3, 'UTC'), redrive String, letter String, origin String,
       service LowCardinality(String), outcome LowCardinality(String), code LowCardinality(String), message String)
     ENGINE = ReplacingMergeTree ORDER BY (letter, redrive) ${ttl}
     COMMENT 'Dead letters that were sent again, and what came of it.'`,
  );
};

export const insertLetters = async (
  clickhouse: ClickHouse,
  rows: readonly LetterRow[],
): Promise<void> => {
  const body = rows.map(({ at_ms: atMs, ...row }) =>
    JSON.stringify({ at: new Date(atMs).toISOString(), ...row }),
  );
  const first = rows[0]!;
  await clickhouse.insert({
    statement: `INSERT INTO ${lettersTable} FORMAT JSONEachRow`,
    body: Buffer.from(body.join('\n')),
    // of what an older version indexed by the same place, and without `whole`, this is no repeat
    token: `whole:${first.topic_id}:${first.letter_partition}:${first.letter_offset}-${rows.at(-1)!.letter_offset}`,
    settings: { date_time_input_format: 'best_effort' },
  });
};

/** What a redrive did with a letter. `code` and `message` say why it was refused again. */
export interface RedriveMark {
  readonly letter: string;
  readonly origin: string;
  readonly service: string;
  readonly outcome: 'sent' | 'refused-again';
  readonly code: string;
  readonly message: string;
}

/** The same for each try: a mark is known by its letter and its redrive. */
export const insertMarks = async (
  clickhouse: ClickHouse,
  redrive: string,
  batch: number,
  marks: readonly RedriveMark[],
  atMs: number,
): Promise<void> => {
  if (marks.length === 0) return;
  const at = new Date(atMs).toISOString();
  await clickhouse.insert({
    statement: `INSERT INTO ${redrivesTable} FORMAT JSONEachRow`,
    body: Buffer.from(marks.map((mark) => JSON.stringify({ at, redrive, ...mark })).join('\n')),
    token: `${redrive}:${batch}`,
    settings: { date_time_input_format: 'best_effort' },
  });
};
