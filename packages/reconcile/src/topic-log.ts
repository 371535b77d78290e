/**
 * Which log a topic is now, how a table's rows name it, and what of a group's offset counts in it: a topic
 * that was deleted and made again has the same name, and its offsets begin anew.
 */
import { type ClickHouse, quoteIdentifier } from '@millrace/clickhouse';
import { incarnationOf } from '@millrace/contracts';
import type { Admin } from '@millrace/kafka';

export interface TopicLog {
  readonly topicId: string;
  /** Values of `_incarnation` that this log's rows have; 0 too where no other log has named rows. */
  readonly incarnations: readonly number[];
}

/** Of a fact's topic; the table has the platform's own columns. */
export async function readTopicLog(
  admin: Pick<Admin, 'topicId'>,
  clickhouse: Pick<ClickHouse, 'query'>,
  topic: string,
  table: string,
): Promise<TopicLog> {
  const topicId = await admin.topicId(topic);
  const incarnation = incarnationOf(topicId);
  const [row] = await clickhouse.query<{ others: boolean }>(
    `SELECT countIf(_incarnation NOT IN (0, {incarnation: Int64})) > 0 AS others
     FROM ${quoteIdentifier(table)} WHERE _topic = {topic: String}`,
    { topic, incarnation },
  );
  return { topicId, incarnations: row?.others ? [incarnation] : [incarnation, 0] };
}

export interface GroupPosition {
  readonly offset: number;
  /** Behind the claim that is under way; the offset when there is none. */
  readonly claimedEnd: number;
  /** What the log holds before it landed under the name of the log that it is a copy of; 0 where it is none. */
  readonly countsFrom: number;
}

/** A group's offset as the sink wrote it; undefined when it counts in another log than `topicId`. */
export function groupPosition(
  committed: { readonly offset: number; readonly metadata: string } | undefined,
  topicId: string,
): GroupPosition | undefined {
  if (committed === undefined) return undefined;
  const { offset, metadata } = committed;
  const text = (metadata === '' ? {} : JSON.parse(metadata)) as {
    readonly i?: string;
    readonly c?: readonly [number, number];
    readonly f?: number;
  };
  if (text.i !== undefined && text.i !== topicId) return undefined;
  return { offset, claimedEnd: text.c ? text.c[1] + 1 : offset, countsFrom: text.f ?? 0 };
}
