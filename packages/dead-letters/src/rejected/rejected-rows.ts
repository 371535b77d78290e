/** Rejected events as ClickHouse has them, each with what became of it when it was sent again. Reads only. */
import type { ClickHouse } from '@millrace/clickhouse';
import { MillraceError } from '@millrace/contracts';

export interface RejectedFilter {
  readonly stream?: string;
  readonly code?: string;
  /** Rejected at this moment or later, ms since 1970. */
  readonly sinceMs?: number;
  /** Only what has not been sent again with an end. */
  readonly isOpen?: boolean;
  /** Only what has been sent again less often. */
  readonly attemptsMax?: number;
}

export interface RejectedSummary {
  readonly stream: string;
  readonly code: string;
  readonly rejected: number;
  readonly open: number;
  readonly newest: string;
}

export interface RejectedRow {
  readonly rejectedAt: string;
  readonly stream: string;
  readonly code: string;
  readonly bytes: number;
  readonly attempt: number;
  readonly sender: string | null;
  /** What became of it when it was sent again; null while nobody has. */
  readonly redriven: string | null;
  readonly rejectionId: string;
}

/** All of one. The content is what may be confidential. */
export interface RejectedEvent extends RejectedRow {
  readonly message: string;
  /** JSON. */
  readonly problems: string;
  readonly position: number | null;
  readonly eventId: string | null;
  readonly idempotencyKey: string | null;
  readonly source: string | null;
  readonly type: string | null;
  readonly time: string | null;
  /** JSON, by header names of Kafka records. */
  readonly extensions: string | null;
  readonly mediaType: string;
  readonly isCut: boolean;
  /** Of a row that was loaded: where it stood; null of what was sent. */
  readonly pullSource: string | null;
  readonly part: string | null;
  readonly partVersion: string | null;
  readonly row: number | null;
  readonly line: number | null;
  readonly column: number | null;
  readonly contentBase64: string;
}

/** Outcomes after which an event is done with: it is on its topic, or another rejection tells of it. */
const ended = `('accepted', 'duplicate', 'rejected')`;

const rows = `(
  SELECT rejected.*, redrives.outcome AS redriven
  FROM (SELECT * FROM millrace_rejected_events LIMIT 1 BY rejection_id) AS rejected
  LEFT JOIN (
    SELECT rejection_id, argMax(outcome, redriven_at)::Nullable(String) AS outcome
    FROM millrace_redriven_events GROUP BY rejection_id
  ) AS redrives USING (rejection_id)
)`;

const conditions = (filter: RejectedFilter): string =>
  [
    '1',
    ...(filter.stream === undefined ? [] : ['stream = {stream: String}']),
    ...(filter.code === undefined ? [] : ['code = {code: String}']),
    ...(filter.sinceMs === undefined
      ? []
      : ['rejected_at >= fromUnixTimestamp64Milli({sinceMs: Int64})']),
    ...(filter.isOpen ? [`coalesce(redriven, '') NOT IN ${ended}`] : []),
    ...(filter.attemptsMax === undefined ? [] : ['attempt < {attemptsMax: UInt32}']),
  ].join(' AND ');

const brief = `toString(rejected_at) AS rejectedAt, stream, code, toUInt32(content_bytes) AS bytes, attempt,
  sender_name AS sender, redriven, rejection_id AS rejectionId`;
const whole = `${brief}, message, problems, position, event_id AS eventId, idempotency_key AS idempotencyKey,
  event_source AS source, event_type AS type, event_time AS time, event_extensions AS extensions, media_type AS mediaType,
  is_cut = 1 AS isCut, pull_source AS pullSource, part, part_version AS partVersion, toFloat64(row_number) AS row,
  toFloat64(line_number) AS line, column_number AS \`column\`, base64Encode(content) AS contentBase64`;

/** Asks, and says what is missing when there are no such tables. */
const ask = async <Row>(
  clickhouse: ClickHouse,
  statement: string,
  params: Readonly<Record<string, unknown>>,
): Promise<readonly Row[]> => {
  try {
    return await clickhouse.query<Row>(statement, params);
  } catch (error) {
    // the youngest column of each
    const [{ found = 0 } = {}] = await clickhouse.query<{ found: number }>(
      `SELECT toUInt32(count()) AS found FROM system.columns WHERE database = currentDatabase()
       AND (table, name) IN (('millrace_rejected_events', 'column_number'), ('millrace_redriven_events', 'redrive_id'))`,
    );
    if (found === 2) throw error;
    throw new MillraceError(
      'ingest.rejected-absent',
      'there is no view millrace_rejected_events, or an older one: run `millrace contracts apply`',
      { cause: error },
    );
  }
};

/** How many there are, by stream and code. Throws `ingest.rejected-absent`. */
export const summarizeRejected = (clickhouse: ClickHouse, filter: RejectedFilter) =>
  ask<RejectedSummary>(
    clickhouse,
    `SELECT stream, code, toUInt32(count()) AS rejected,
       toUInt32(countIf(coalesce(redriven, '') NOT IN ${ended})) AS open, toString(max(rejected_at)) AS newest
     FROM ${rows} WHERE ${conditions(filter)} GROUP BY stream, code ORDER BY stream, code`,
    { ...filter },
  );

/** The newest, without their content. */
export const listRejected = (clickhouse: ClickHouse, filter: RejectedFilter, limit: number) =>
  ask<RejectedRow>(
    clickhouse,
    `SELECT ${brief} FROM ${rows} WHERE ${conditions(filter)}
     ORDER BY rejected_at DESC, rejection_id LIMIT {limit: UInt32}`,
    { ...filter, limit },
  );

/** One whole; undefined when there is none. */
export const readRejected = async (
  clickhouse: ClickHouse,
  id: string,
): Promise<RejectedEvent | undefined> => {
  const [found] = await ask<RejectedEvent>(
    clickhouse,
    `SELECT ${whole} FROM ${rows} WHERE rejection_id = {id: String}`,
    { id },
  );
  return found;
};

/** Their ids in the order in which they came. */
export const chooseRejected = async (
  clickhouse: ClickHouse,
  filter: RejectedFilter,
  limit: number,
): Promise<readonly string[]> => {
  const found = await ask<{ id: string }>(
    clickhouse,
    `SELECT rejection_id AS id FROM ${rows} WHERE ${conditions(filter)}
     ORDER BY rejected_at, position, rejection_id LIMIT {limit: UInt32}`,
    { ...filter, limit },
  );
  return found.map(({ id }) => id);
};

/** These whole, in the order of the ids. */
export const readRejectedEvents = async (
  clickhouse: ClickHouse,
  ids: readonly string[],
): Promise<readonly RejectedEvent[]> => {
  const found = await ask<RejectedEvent>(
    clickhouse,
    `SELECT ${whole} FROM ${rows} WHERE rejection_id IN {ids: Array(String)}`,
    { ids },
  );
  const byId = new Map(found.map((row) => [row.rejectionId, row]));
  return ids.map((id) => byId.get(id)).filter((row) => row !== undefined);
};
