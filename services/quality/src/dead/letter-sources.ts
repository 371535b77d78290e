/**
 * Where letters are, as SELECTs: the index of the services' letters, and what the door refused. What a page needs is picked by
 * narrow columns before anything wide is read or joined: an index of millions is looked at in a moment. Running them is read-letters.ts.
 */
import { quoteLiteral } from '@millrace/clickhouse';
import type { DeadLetterFilter } from '@millrace/operations';
import { parseLetterId } from './letter-content.ts';
import { lettersTable, redrivesTable } from './letter-table.ts';

/** Which tables each source needs. */
export const letterTables = {
  own: [lettersTable, redrivesTable],
  door: ['millrace_rejected_events', 'millrace_redriven_events'],
} as const;

/** Those that are there. */
export interface LetterTables {
  readonly own: boolean;
  readonly door: boolean;
}

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

const idOf = (table = ''): string =>
  `concat(${table}service, ':', toString(${table}letter_partition), ':', toString(${table}letter_offset))`;
const ownId = idOf();
const sentLetters = `SELECT letter FROM ${redrivesTable} WHERE outcome = 'sent'`;

/** What the door refused: the message may quote the event, and stays where the event is. */
const doorLetters = `
  SELECT concat('ingest:', r.rejection_id) AS id, 'ingest' AS service, concat('events.', stream) AS topic,
    NULL::Nullable(UInt32) AS partition, NULL::Nullable(UInt64) AS offset, stream::Nullable(String) AS contract,
    if(pull_source IS NULL, 'door', pull_source)::Nullable(String) AS stage, code, '' AS message, rejected_at AS at,
    NULL::Nullable(String) AS key_text, toUInt64(content_bytes) AS value_bytes,
    concat('ingest:', r.rejection_id) AS origin, '' AS topic_id, toUInt32(attempt) AS redrives,
    if(coalesce(d.last_outcome, '') IN ('accepted', 'duplicate', 'rejected'), d.last_at, NULL) AS redriven_at, NULL::Nullable(Bool) AS whole
  FROM (SELECT * FROM millrace_rejected_events LIMIT 1 BY rejection_id) AS r
  LEFT JOIN (SELECT rejection_id, argMax(outcome, redriven_at)::Nullable(String) AS last_outcome,
               max(redriven_at)::Nullable(DateTime64(3, 'UTC')) AS last_at
             FROM millrace_redriven_events GROUP BY rejection_id) AS d USING (rejection_id)`;

/** Of both sources: they have these columns. */
const conditionsOf = (filter: DeadLetterFilter): readonly string[] => [
  ...(filter.service === undefined ? [] : ['service = {service: String}']),
  ...(filter.topic === undefined ? [] : ['topic = {topic: String}']),
  ...(filter.contract === undefined ? [] : ['contract = {contract: String}']),
  ...(filter.code === undefined ? [] : ['code = {code: String}']),
  ...(filter.text === undefined ? [] : ['positionCaseInsensitive(message, {text: String}) > 0']),
  ...(filter.fromMs === undefined ? [] : ['at >= fromUnixTimestamp64Milli({fromMs: Int64})']),
  ...(filter.untilMs === undefined ? [] : ['at < fromUnixTimestamp64Milli({untilMs: Int64})']),
];

type Wanted = Pick<LetterSearch, 'filter'> &
  Partial<Pick<LetterSearch, 'ids' | 'after' | 'redrivesBelow' | 'order'>>;

const afterCondition = ({ after, order }: Wanted, id: string): readonly string[] => {
  if (after === undefined) return [];
  const sign = order === 'newest' ? '<' : '>';
  return [
    `at ${sign}= fromUnixTimestamp64Milli({afterMs: Int64})`,
    `(toUnixTimestamp64Milli(at), ${id}) ${sign} ({afterMs: Int64}, {afterId: String})`,
  ];
};

/** Undefined where no letter of a service can be meant. */
const ownConditions = (wanted: Wanted): string | undefined => {
  const { filter, ids, redrivesBelow } = wanted;
  const places = (ids ?? []).flatMap((id) => parseLetterId(id) ?? []);
  if (filter.service === 'ingest' || (ids !== undefined && places.length === 0)) return undefined;
  const named = places.map(
    ({ service, partition, offset }) => `(${quoteLiteral(service)}, ${partition}, ${offset})`,
  );
  return [
    ...['1', ...conditionsOf(filter)],
    ...(ids === undefined
      ? []
      : [`(service, letter_partition, letter_offset) IN (${named.join(', ')})`]),
    ...(filter.state === undefined
      ? []
      : [`${ownId} ${filter.state === 'waiting' ? 'NOT IN' : 'IN'} (${sentLetters})`]),
    ...(redrivesBelow === undefined
      ? []
      : [
          `origin NOT IN (SELECT origin FROM ${redrivesTable} FINAL GROUP BY origin HAVING count() >= {redrivesBelow: UInt32})`,
        ]),
    ...afterCondition(wanted, ownId),
  ].join(' AND ');
};

const doorConditions = (wanted: Wanted): string | undefined => {
  const { filter, ids, redrivesBelow } = wanted;
  const isOthers = filter.service !== undefined && filter.service !== 'ingest';
  if (isOthers || ids?.every((id) => !id.startsWith('ingest:')) === true) return undefined;
  return [
    ...['1', ...conditionsOf(filter)],
    ...(ids === undefined ? [] : ['id IN {ids: Array(String)}']),
    ...(filter.state === undefined
      ? []
      : [filter.state === 'waiting' ? 'redriven_at IS NULL' : 'redriven_at IS NOT NULL']),
    ...(redrivesBelow === undefined ? [] : ['redrives < {redrivesBelow: UInt32}']),
    ...afterCondition(wanted, 'id'),
  ].join(' AND ');
};

/**
 * The moment at which a page ends, by the times alone: the letters on its other side are not looked at. Letters that are indexed
 * twice until a merge are counted twice here, so the page is sought among twice as many.
 */
const pageEnd = (conditions: string, order: LetterSearch['order']): string => {
  const [edge, sign, way] = order === 'newest' ? ['min', '>=', 'DESC'] : ['max', '<=', 'ASC'];
  return `at ${sign} (SELECT ${edge}(at) FROM
    (SELECT at FROM ${lettersTable} WHERE ${conditions} ORDER BY at ${way} LIMIT {most: UInt32} * 2))`;
};

const ownPage = (conditions: string, { ids, order }: LetterSearch): string => {
  const way = order === 'newest' ? 'DESC' : 'ASC';
  const bound = ids === undefined ? ` AND ${pageEnd(conditions, order)}` : '';
  return `
  SELECT ${idOf('l.')} AS id, l.service AS service,
    topic, partition, offset, contract, stage, code, message, at, key_text, value_bytes, l.origin AS origin, topic_id,
    coalesce(o.redrives, 0) AS redrives, m.redriven_at AS redriven_at, l.whole AS whole
  FROM (
    SELECT * FROM ${lettersTable} WHERE ${conditions}${bound} ORDER BY at ${way}, ${ownId} ${way}, isNull(whole)
    LIMIT 1 BY service, topic_id, letter_partition, letter_offset LIMIT {most: UInt32}
  ) AS l
  LEFT JOIN (SELECT origin, toUInt32(count()) AS redrives FROM ${redrivesTable} FINAL GROUP BY origin) AS o
    ON o.origin = l.origin
  LEFT JOIN (SELECT letter, max(at)::Nullable(DateTime64(3, 'UTC')) AS redriven_at FROM ${redrivesTable} FINAL
             WHERE outcome = 'sent' GROUP BY letter) AS m ON m.letter = ${idOf('l.')}`;
};

/** A page of letters with all that is known of them; its parameters are those of the filter, `ids`, `most`, `afterMs`, `afterId`. */
export const listedSources = (tables: LetterTables, search: LetterSearch): readonly string[] => {
  const own = tables.own ? ownConditions(search) : undefined;
  const door = tables.door ? doorConditions(search) : undefined;
  return [
    ...(own === undefined ? [] : [ownPage(own, search)]),
    ...(door === undefined ? [] : [`SELECT * FROM (${doorLetters}) WHERE ${door}`]),
  ];
};

/**
 * What is counted of all letters: service, topic, code and moment. Of two million letters the merge is a tenth of what this costs
 * (0.26 s of CPU, 0.23 without), the messages were another two thirds: they are looked up when it is known which.
 */
export const countedSources = (tables: LetterTables, wanted: Wanted): readonly string[] => {
  const own = tables.own ? ownConditions(wanted) : undefined;
  const door = tables.door ? doorConditions(wanted) : undefined;
  const columns = 'service, topic, code, at';
  return [
    ...(own === undefined ? [] : [`SELECT ${columns} FROM ${lettersTable} FINAL WHERE ${own}`]),
    ...(door === undefined ? [] : [`SELECT ${columns} FROM (${doorLetters}) WHERE ${door}`]),
  ];
};

/** The newest message of each reason; parameters are lists of the same length: `services`, `topics`, `codes`, `lastMs`. */
export const newestMessages = `
  SELECT service, topic, code, any(message) AS message FROM ${lettersTable}
  WHERE at IN (SELECT fromUnixTimestamp64Milli(arrayJoin({lastMs: Array(Int64)})))
    AND (service, topic, code, toUnixTimestamp64Milli(at)) IN
      (SELECT arrayJoin(arrayZip({services: Array(String)}, {topics: Array(String)}, {codes: Array(String)}, {lastMs: Array(Int64)})))
  GROUP BY service, topic, code`;
