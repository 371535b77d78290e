/**
 * The audit's way from Kafka to ClickHouse. ClickHouse's rows say how far it is: what was on Kafka when a process died is
 * carried by the next one. A step that two services carry at once is one row after the next merge, and one to readers before.
 * (A table that an older version made keeps such copies; readers do not see them.)
 */
import type { HistoryRow } from '../history/history.ts';
import type { HistoryTable } from '../history/history-table.ts';
import type { PartContext } from '../part.ts';
import type { Watch } from '../watch.ts';
import type { AuditLog, AuditStep } from './audit-log.ts';

export const operationsTable = (retentionMs: number): HistoryTable => ({
  name: 'millrace_operations',
  columns: {
    id: 'String',
    actor: 'LowCardinality(String)',
    role: 'LowCardinality(String)',
    network: 'String',
    action: 'LowCardinality(String)',
    subject: 'String',
    detail: 'String',
    outcome: 'LowCardinality(String)',
    topic_id: 'LowCardinality(String)',
    position: 'UInt64',
  },
  orderBy: [],
  oneBy: ['topic_id', 'position'],
  comment: 'Who did what by way of the quality service, step by step.',
  retentionMs,
});

/** Steps of one round. */
const stepsMax = 10_000;
/** Rounds without a step of this process after which it looks for those of others. */
const idleRounds = 10;

/** @param append puts rows on their way to `operationsTable` */
export const carryAudit = (
  { cluster, reader, clickhouse }: Pick<PartContext, 'cluster' | 'reader' | 'clickhouse'>,
  log: Pick<AuditLog, 'topic' | 'written'>,
  append: (rows: readonly HistoryRow[]) => void,
): Watch => {
  let next: { readonly topicId: string; readonly offset: number } | undefined;
  let seen = -1;
  let idle = 0;

  const carried = async (topicId: string): Promise<number> => {
    const [row] = (await operationsExist(clickhouse))
      ? await clickhouse.query<{ next: string }>(
          `SELECT if(count() = 0, 0, max(position) + 1) AS next FROM millrace_operations
           WHERE topic_id = {topicId: String}`,
          { topicId },
        )
      : [];
    return Number(row?.next ?? 0);
  };

  return {
    name: 'audit',
    everyMs: 1000,
    round: async () => {
      const { topic, written } = log;
      idle += 1;
      if (written === seen && idle < idleRounds) return;
      const layout = await cluster.layout([topic]);
      const topicId = layout.topics.get(topic)?.topicId;
      if (topicId === undefined) {
        // nobody has done anything yet; a step of our own is asked for until its topic is told of
        if (written === 0) [seen, idle] = [written, 0];
        return;
      }
      if (next?.topicId !== topicId) next = { topicId, offset: await carried(topicId) };
      const ends = new Float64Array(layout.partitions);
      await cluster.boundaries(layout, 'stable', ends);
      if (!(next.offset < ends[0]!)) {
        if (next.offset >= ends[0]!) [seen, idle] = [written, 0];
        return;
      }
      const range = { topic, partition: 0, fromOffset: next.offset } as const;
      const rows: HistoryRow[] = [];
      let { offset } = next;
      for await (const record of reader.read({ ...range, isolation: 'read_committed' })) {
        offset = record.offset + 1;
        const row = rowOf(record.value, topicId, record.offset);
        if (row !== undefined) rows.push(row);
        if (rows.length >= stepsMax) break;
      }
      append(rows);
      next = { topicId, offset };
      // more may be there: the next round goes on at once
      if (rows.length < stepsMax) [seen, idle] = [written, 0];
    },
  };
};

/** Made with the first step. */
export const operationsExist = async (
  clickhouse: Pick<PartContext['clickhouse'], 'query'>,
): Promise<boolean> => {
  const rows = await clickhouse.query(
    `SELECT name FROM system.tables WHERE database = currentDatabase() AND name = 'millrace_operations'`,
  );
  return rows.length > 0;
};

const parse = (text: string): AuditStep | undefined => {
  try {
    return JSON.parse(text) as AuditStep;
  } catch {
    return undefined;
  }
};

/** Undefined for what is no step of ours. */
const rowOf = (value: Buffer | null, topicId: string, position: number): HistoryRow | undefined => {
  const step = parse(value?.toString() ?? '');
  if (typeof step?.id !== 'string' || typeof step.atMs !== 'number') return undefined;
  const { id, atMs, by: actor, role, from: network, action, subject, detail, outcome } = step;
  return {
    ...{ atMs, id, actor, role, network, action, subject, detail, outcome },
    ...{ topic_id: topicId, position },
  };
};
