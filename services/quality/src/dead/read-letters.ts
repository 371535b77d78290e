/** Letters as the index has them, those of the door beside them: lists in pages, counts by reason and over time. */
import type { ClickHouse } from '@millrace/clickhouse';
import { type ErrorCode, errorCodes } from '@millrace/contracts';
import type {
  DeadLetter,
  DeadLetterFilter,
  DeadLetterPage,
  DeadLetterReasons,
} from '@millrace/operations';
import {
  countedSources,
  type LetterSearch,
  type LetterTables,
  letterTables,
  listedSources,
  newestMessages,
} from './letter-sources.ts';

/** A letter with what a redrive needs of it. */
export interface IndexedLetter extends DeadLetter {
  readonly origin: string;
  readonly topicId: string;
  /** Of a transform: nothing but the letter came of its record; null: not known, or of another service. */
  readonly whole: boolean | null;
}

const tablesOf = async (clickhouse: ClickHouse): Promise<LetterTables> => {
  const rows = await clickhouse.query<{ name: string }>(
    `SELECT name FROM system.tables WHERE database = currentDatabase() AND name IN {names: Array(String)}`,
    { names: Object.values(letterTables).flat() },
  );
  const found = rows.map(({ name }) => name);
  const has = (names: readonly string[]) => names.every((name) => found.includes(name));
  return { own: has(letterTables.own), door: has(letterTables.door) };
};

type Row = Omit<IndexedLetter, 'offset' | 'atMs' | 'valueBytes' | 'redrivenAtMs'> & {
  readonly offset: string | null;
  readonly atMs: string;
  readonly valueBytes: string;
  readonly redrivenAtMs: string | null;
};

const selected = `id, service, topic, partition, toString(offset) AS offset, contract, stage, code, message,
  toUnixTimestamp64Milli(at) AS atMs, key_text AS keyText, toString(value_bytes) AS valueBytes, redrives,
  if(redriven_at IS NULL, NULL, toUnixTimestamp64Milli(assumeNotNull(redriven_at))) AS redrivenAtMs, origin, topic_id AS topicId, whole`;

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

/** Of many conditions the ones that are given. Rejects as ClickHouse's client does. */
export const findLetters = async (
  clickhouse: ClickHouse,
  search: LetterSearch,
): Promise<readonly IndexedLetter[]> => {
  const { filter, ids, after, redrivesBelow, order, most } = search;
  const sources = most === 0 ? [] : listedSources(await tablesOf(clickhouse), search);
  if (sources.length === 0) return [];
  const way = order === 'newest' ? 'DESC' : 'ASC';
  const rows = await clickhouse.query<Row>(
    `SELECT ${selected} FROM (${sources.join(' UNION ALL ')})
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
  const sources = countedSources(await tablesOf(clickhouse), {
    ...{ filter, ...(ids !== undefined && { ids }) },
  });
  if (sources.length === 0) return 0;
  const [row] = await clickhouse.query<{ found: string }>(
    `SELECT count() AS found FROM (${sources.join(' UNION ALL ')})`,
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
    letters: found
      .slice(0, most)
      .map(({ origin: _, topicId: __, whole: ___, ...letter }) => letter),
    next: found.length > most && last !== undefined ? `${last.atMs}~${last.id}` : null,
  };
};

const REASONS_MAX = 1_000;
const BUCKETS = 120;
/** Steps of time that people read: from a minute to a day. */
const stepsMs = [1, 5, 15, 60, 180, 360, 1440].map((minutes) => minutes * 60_000);

interface Counted {
  readonly service: string;
  readonly topic: string;
  readonly code: string;
  readonly count: string;
  readonly firstMs: string;
  readonly lastMs: string;
}

const reasonKey = ({ service, topic, code }: Pick<Counted, 'service' | 'topic' | 'code'>) =>
  JSON.stringify([service, topic, code]);

/** By `reasonKey`: the message of the newest letter of each; what the door refused has none. */
const messagesOf = async (
  clickhouse: ClickHouse,
  rows: readonly Counted[],
): Promise<ReadonlyMap<string, string>> => {
  const own = rows.filter(({ service }) => service !== 'ingest');
  if (own.length === 0) return new Map();
  const found = await clickhouse.query<
    Pick<Counted, 'service' | 'topic' | 'code'> & { message: string }
  >(newestMessages, {
    services: own.map(({ service }) => service),
    topics: own.map(({ topic }) => topic),
    codes: own.map(({ code }) => code),
    lastMs: own.map(({ lastMs }) => Number(lastMs)),
  });
  return new Map(found.map((row) => [reasonKey(row), row.message]));
};

export const countReasons = async (
  clickhouse: ClickHouse,
  filter: DeadLetterFilter,
  nowMs: number,
): Promise<DeadLetterReasons> => {
  const sources = countedSources(await tablesOf(clickhouse), { filter });
  if (sources.length === 0) return { total: 0, reasons: [], overTime: { atMs: [], values: [] } };
  const from = `FROM (${sources.join(' UNION ALL ')})`;
  const rows = await clickhouse.query<Counted>(
    `SELECT service, topic, code, count() AS count, toUnixTimestamp64Milli(min(at)) AS firstMs, toUnixTimestamp64Milli(max(at)) AS lastMs
     ${from} GROUP BY service, topic, code ORDER BY count() DESC, service, topic, code LIMIT ${REASONS_MAX}`,
    { ...filter },
  );
  const messages = await messagesOf(clickhouse, rows);
  const reasons = rows.map((row) => ({
    ...row,
    ...{ count: Number(row.count), firstMs: Number(row.firstMs), lastMs: Number(row.lastMs) },
    sample: messages.get(reasonKey(row)) || summaryOf(row.code),
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
