/** Letters as the index has them, those of the door beside them: lists in pages, counts by reason and over time. */
import type { ClickHouse } from '@millrace/clickhouse';
import { type ErrorCode, errorCodes } from '@millrace/contracts';
import type {
  DeadLetter,
  DeadLetterFilter,
  DeadLetterPage,
  DeadLetterReasons,
} from '@millrace/operations';
import { lettersTable, redrivesTable } from './letter-table.ts';

/** A letter with what a redrive needs of it. */
export interface IndexedLetter extends DeadLetter {
  readonly origin: string;
  readonly topicId: string;
}

const ownLetters = `
  SELECT concat(l.service, ':', toString(letter_partition), ':', toString(letter_offset)) AS id, l.service AS service,
    topic, partition, offset, contract, stage, code, message, at, key_text, value_bytes, l.origin AS origin, topic_id,
    coalesce(o.redrives, 0) AS redrives, m.redriven_at AS redriven_at
  FROM (SELECT * FROM ${lettersTable} FINAL) AS l
  LEFT JOIN (SELECT origin, toUInt32(count()) AS redrives FROM ${redrivesTable} FINAL GROUP BY origin) AS o
    ON o.origin = l.origin
  LEFT JOIN (SELECT letter, max(at)::Nullable(DateTime64(3, 'UTC')) AS redriven_at FROM ${redrivesTable} FINAL
             WHERE outcome = 'sent' GROUP BY letter) AS m
    ON m.letter = concat(l.service, ':', toString(l.letter_partition), ':', toString(l.letter_offset))`;

/** What the door refused: the message may quote the event, and stays where the event is. */
const doorLetters = `
  SELECT concat('ingest:', r.rejection_id) AS id, 'ingest' AS service, concat('events.', stream) AS topic,
    NULL::Nullable(UInt32) AS partition, NULL::Nullable(UInt64) AS offset, stream::Nullable(String) AS contract,
    if(pull_source IS NULL, 'door', pull_source)::Nullable(String) AS stage, code, '' AS message, rejected_at AS at,
    NULL::Nullable(String) AS key_text, toUInt64(content_bytes) AS value_bytes,
    concat('ingest:', r.rejection_id) AS origin, '' AS topic_id, toUInt32(attempt) AS redrives,
    if(coalesce(d.last_outcome, '') IN ('accepted', 'duplicate', 'rejected'), d.last_at, NULL) AS redriven_at
  FROM (SELECT * FROM millrace_rejected_events LIMIT 1 BY rejection_id) AS r
  LEFT JOIN (SELECT rejection_id, argMax(outcome, redriven_at)::Nullable(String) AS last_outcome,
               max(redriven_at)::Nullable(DateTime64(3, 'UTC')) AS last_at
             FROM millrace_redriven_events GROUP BY rejection_id) AS d USING (rejection_id)`;

/** Whether there is a table of what the door refused, and one of our own. */
const sourcesOf = async (clickhouse: ClickHouse): Promise<readonly string[]> => {
  const rows = await clickhouse.query<{ name: string }>(
    `SELECT name FROM system.tables WHERE database = currentDatabase()
     AND name IN ('${lettersTable}', '${redrivesTable}', 'millrace_rejected_events', 'millrace_redriven_events')`,
  );
  const has = (...names: readonly string[]) =>
    names.every((name) => rows.some((row) => row.name === name));
  return [
    ...(has(lettersTable, redrivesTable) ? [ownLetters] : []),
    ...(has('millrace_rejected_events', 'millrace_redriven_events') ? [doorLetters] : []),
  ];
};

const conditionsOf = (filter: DeadLetterFilter): string =>
  [
    '1',
    ...(filter.service === undefined ? [] : ['service = {service: String}']),
    ...(filter.topic === undefined ? [] : ['topic = {topic: String}']),
    ...(filter.contract === undefined ? [] : ['contract = {contract: String}']),
    ...(filter.code === undefined ? [] : ['code = {code: String}']),
    ...(filter.text === undefined ? [] : ['positionCaseInsensitive(message, {text: String}) > 0']),
    ...(filter.fromMs === undefined ? [] : ['at >= fromUnixTimestamp64Milli({fromMs: Int64})']),
    ...(filter.untilMs === undefined ? [] : ['at < fromUnixTimestamp64Milli({untilMs: Int64})']),
    ...(filter.state === undefined
      ? []
      : [filter.state === 'waiting' ? 'redriven_at IS NULL' : 'redriven_at IS NOT NULL']),
  ].join(' AND ');

type Row = Omit<IndexedLetter, 'offset' | 'atMs' | 'valueBytes' | 'redrivenAtMs'> & {
  readonly offset: string | null;
  readonly atMs: string;
  readonly valueBytes: string;
  readonly redrivenAtMs: string | null;
};

const selected = `id, service, topic, partition, toString(offset) AS offset, contract, stage, code, message,
  toUnixTimestamp64Milli(at) AS atMs, key_text AS keyText, toString(value_bytes) AS valueBytes, redrives,
  if(redriven_at IS NULL, NULL, toUnixTimestamp64Milli(assumeNotNull(redriven_at))) AS redrivenAtMs, origin, topic_id AS topicId`;

const letterOf = (row: Row): IndexedLetter => ({
  ...row,
  offset: row.offset === null ? null : Number(row.offset),
  atMs: Number(row.atMs),
  valueBytes: Number(row.valueBytes),
  redrivenAtMs: row.redrivenAtMs === null ? null : Number(row.redrivenAtMs),
  message: row.message === '' ? summaryOf(row.code) : row.message,
});

const summaryOf = (code: string): string =>
  Object.hasOwn(errorCodes, code) ? errorCodes[code as ErrorCode].summary : '';

export interface LetterSearch {
  readonly filter: DeadLetterFilter;
  readonly ids?: readonly string[];
  /** Only behind this place in the order. */
  readonly after?: { readonly atMs: number; readonly id: string };
  /** Only sent again less often. */
  readonly redrivesBelow?: number;
  readonly order: 'newest' | 'oldest';
  readonly most: number;
}

/** Of many conditions the ones that are given. Rejects as ClickHouse's client does. */
export const findLetters = async (
  clickhouse: ClickHouse,
  { filter, ids, after, redrivesBelow, order, most }: LetterSearch,
): Promise<readonly IndexedLetter[]> => {
  const sources = await sourcesOf(clickhouse);
  if (sources.length === 0 || most === 0) return [];
  const sign = order === 'newest' ? '<' : '>';
  const conditions = [
    conditionsOf(filter),
    ...(ids === undefined ? [] : ['id IN {ids: Array(String)}']),
    ...(redrivesBelow === undefined ? [] : ['redrives < {redrivesBelow: UInt32}']),
    ...(after === undefined
      ? []
      : [`(toUnixTimestamp64Milli(at), id) ${sign} ({afterMs: Int64}, {afterId: String})`]),
  ];
  const way = order === 'newest' ? 'DESC' : 'ASC';
  const rows = await clickhouse.query<Row>(
    `SELECT ${selected} FROM (${sources.join(' UNION ALL ')}) WHERE ${conditions.join(' AND ')}
     ORDER BY toUnixTimestamp64Milli(at) ${way}, id ${way} LIMIT {most: UInt32}`,
    { ...filter, ids, redrivesBelow, most, afterMs: after?.atMs, afterId: after?.id },
  );
  return rows.map(letterOf);
};

/** How many there are. */
export const countLetters = async (
  clickhouse: ClickHouse,
  filter: DeadLetterFilter,
  ids?: readonly string[],
): Promise<number> => {
  const sources = await sourcesOf(clickhouse);
  if (sources.length === 0) return 0;
  const [row] = await clickhouse.query<{ found: string }>(
    `SELECT count() AS found FROM (${sources.join(' UNION ALL ')}) WHERE ${conditionsOf(filter)}
     ${ids === undefined ? '' : 'AND id IN {ids: Array(String)}'}`,
    { ...filter, ids },
  );
  return Number(row?.found ?? 0);
};

/** The newest first; `next` is the place of the last. */
export const listLetters = async (
  clickhouse: ClickHouse,
  filter: DeadLetterFilter,
  most: number,
  after: LetterSearch['after'],
): Promise<DeadLetterPage> => {
  const found = await findLetters(clickhouse, {
    ...{ filter, order: 'newest', most: most + 1 },
    ...(after !== undefined && { after }),
  });
  const last = found[most - 1];
  return {
    letters: found.slice(0, most).map(({ origin: _, topicId: __, ...letter }) => letter),
    next: found.length > most && last !== undefined ? `${last.atMs}~${last.id}` : null,
  };
};

const REASONS_MAX = 1_000;
const BUCKETS = 120;
/** Steps of time that people read: from a minute to a day. */
const stepsMs = [1, 5, 15, 60, 180, 360, 1440].map((minutes) => minutes * 60_000);

export const countReasons = async (
  clickhouse: ClickHouse,
  filter: DeadLetterFilter,
  nowMs: number,
): Promise<DeadLetterReasons> => {
  const sources = await sourcesOf(clickhouse);
  if (sources.length === 0) return { total: 0, reasons: [], overTime: { atMs: [], values: [] } };
  const from = `FROM (${sources.join(' UNION ALL ')}) WHERE ${conditionsOf(filter)}`;
  const rows = await clickhouse.query<{
    service: string;
    topic: string;
    code: string;
    count: string;
    firstMs: string;
    lastMs: string;
    sample: string;
  }>(
    `SELECT service, topic, code, count() AS count, toUnixTimestamp64Milli(min(at)) AS firstMs,
       toUnixTimestamp64Milli(max(at)) AS lastMs, argMax(message, at) AS sample
     ${from} GROUP BY service, topic, code ORDER BY count() DESC, service, topic, code LIMIT ${REASONS_MAX}`,
    { ...filter },
  );
  const reasons = rows.map((row) => ({
    ...row,
    ...{ count: Number(row.count), firstMs: Number(row.firstMs), lastMs: Number(row.lastMs) },
    sample: row.sample === '' ? summaryOf(row.code) : row.sample,
  }));
  const total = reasons.reduce((sum, { count }) => sum + count, 0);
  const beginMs = filter.fromMs ?? Math.min(nowMs, ...reasons.map(({ firstMs }) => firstMs));
  const endMs = filter.untilMs ?? nowMs;
  const stepMs = stepsMs.find((step) => (endMs - beginMs) / step <= BUCKETS) ?? stepsMs.at(-1)!;
  const counted = await clickhouse.query<{ bucket: string; count: string }>(
    `SELECT intDiv(toUnixTimestamp64Milli(at), {stepMs: Int64}) AS bucket, count() AS count ${from} GROUP BY bucket`,
    { ...filter, stepMs },
  );
  const byBucket = new Map(counted.map(({ bucket, count }) => [Number(bucket), Number(count)]));
  const first = Math.floor(beginMs / stepMs);
  const buckets = Array.from(
    { length: Math.min(1_000, Math.max(1, Math.floor(endMs / stepMs) - first + 1)) },
    (_, index) => first + index,
  );
  return {
    total,
    reasons,
    overTime: {
      atMs: buckets.map((bucket) => bucket * stepMs),
      values: buckets.map((bucket) => byBucket.get(bucket) ?? 0),
    },
  };
};
