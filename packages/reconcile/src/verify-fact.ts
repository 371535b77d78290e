/**
 * A fact table against its topic, partition by partition: between where Kafka begins and where the sink's
 * group stands, every record is one row or one dead letter. Ranges whose arithmetic is right are not read
 * again; where it is not, the topic itself says which offsets are records, because transactions, aborts and
 * compaction leave gaps that nobody lost. What Kafka has let go of can only be held to be continuous.
 */
import type { ClickHouse } from '@millrace/clickhouse';
import type { WarehouseContract } from '@millrace/contracts';
import type { Admin } from '@millrace/kafka';
import {
  emptyVerdict,
  type JudgedAgainst,
  judgeForgotten,
  judgeWindow,
  type PartitionVerdict,
} from './judge-window.ts';
import { createRangeList } from './offset-ranges.ts';
import { firstOffsets } from './table-offsets.ts';
import { groupPosition, readTopicLog } from './topic-log.ts';
import type { DeadOffsetsByTopic } from './topic-offsets.ts';

export interface FactVerdict {
  readonly contract: string;
  readonly topic: string;
  readonly table: string;
  readonly partitions: readonly PartitionVerdict[];
  /** Rows that expire cannot be told from rows that are missing. */
  readonly hasTtl: boolean;
  readonly ok: boolean;
}

export interface VerifyFactOptions extends Pick<JudgedAgainst, 'connection'> {
  /** Asked once it is known where the group stands: a letter is there before the position that passes its record. */
  readonly dead: () => Promise<DeadOffsetsByTopic>;
  readonly contract: WarehouseContract;
  readonly admin: Admin;
  readonly clickhouse: ClickHouse;
  /** The sink's group: behind its offset nothing is promised yet. */
  readonly group: string;
  /** Only records that are not older, ms since 1970; nothing below them is looked at then. */
  readonly sinceMs?: number;
}

/** Rejects with `kafka.*` or `clickhouse.*` when a server cannot be asked. */
export async function verifyFact(options: VerifyFactOptions): Promise<FactVerdict> {
  const { contract, connection, admin, clickhouse, group, sinceMs } = options;
  const topic = contract.topic.name;
  const log = await readTopicLog(admin, clickhouse, topic, contract.warehouse.table);
  const table = { clickhouse, table: contract.warehouse.table, topic, log };
  const [offsets, committed, first] = await Promise.all([
    admin.partitionOffsets(topic),
    admin.committedOffsets(group, [topic]),
    firstOffsets(table),
  ]);
  const since = sinceMs === undefined ? undefined : await admin.offsetsAt(topic, sinceMs);
  const dead = (await options.dead()).get(topic) ?? new Map<number, Set<number>>();
  const against = { connection, dead };
  const partitions: PartitionVerdict[] = [];
  for (const { partition, low: begun, stable } of offsets) {
    const found = committed.find((one) => one.partition === partition);
    const placed = groupPosition(found, log.topicId);
    const low = Math.max(begun, placed?.countsFrom ?? 0);
    const position = placed?.offset ?? low;
    const end = Math.max(low, Math.min(position, stable));
    const sinceOffset = since?.find((one) => one.partition === partition)?.offset;
    const from = Math.min(end, Math.max(low, sinceOffset ?? low));
    const verdict = emptyVerdict(partition, from, end);
    const begin = first.get(partition);
    if (since === undefined && begin !== undefined && begin < begun) {
      await judgeForgotten(against, table, verdict, begin, begun);
    }
    await judgeWindow(against, table, verdict);
    partitions.push(verdict);
  }
  const lows = new Map(
    (await admin.partitionOffsets(topic)).map((one) => [one.partition, one.low]),
  );
  const settled = partitions.map((one) =>
    withoutOvertaken(one, lows.get(one.partition) ?? 0, contract),
  );
  return {
    contract: contract.id,
    topic,
    table: contract.warehouse.table,
    partitions: settled,
    hasTtl: contract.warehouse.ttl !== undefined,
    ok: settled.every(
      ({ missing, duplicates, extra }) => missing.total + duplicates.total + extra.total === 0,
    ),
  };
}

/**
 * Rows without a record are no surprise where retention moved past them while they were compared, or where
 * the topic is compacted: they are counted as what Kafka let go of, not as strangers.
 */
function withoutOvertaken(
  verdict: PartitionVerdict,
  low: number,
  { topic }: WarehouseContract,
): PartitionVerdict {
  const extra = createRangeList();
  for (const { from, to } of verdict.extra.ranges) {
    const start = topic.cleanupPolicy === 'compact' ? to + 1 : Math.max(from, low);
    if (start <= to) extra.add(start, to);
  }
  return { ...verdict, extra };
}
