/**
 * A fact table against its topic, partition by partition: between where Kafka begins and where the sink's
 * group stands, every record is one row or one dead letter. Ranges whose arithmetic is right are not read
 * again; where it is not, the topic itself says which offsets are records, because transactions, aborts and
 * compaction leave gaps that nobody lost. What Kafka has let go of can only be held to be continuous.
 */
import type { ClickHouse } from '@millrace/clickhouse';
import type { WarehouseContract } from '@millrace/contracts';
import type { Admin, KafkaConnection } from '@millrace/kafka';
import { createRangeList, type OffsetRange, type RangeList } from './offset-ranges.ts';
import {
  differingRanges,
  firstOffsets,
  offsetsInTable,
  type TableOfTopic,
} from './table-offsets.ts';
import { groupPosition, readTopicLog } from './topic-log.ts';
import { type DeadOffsets, recordOffsets } from './topic-offsets.ts';

export interface PartitionVerdict {
  readonly partition: number;
  /** The window that was compared with Kafka: `[from, end)`. */
  readonly from: number;
  readonly end: number;
  /** Records on Kafka in the window. */
  readonly records: number;
  /** Of these, in the table; once or more. */
  readonly landed: number;
  /** Of these, in the dead letters and not in the table. */
  readonly dead: number;
  readonly missing: RangeList;
  /** Offsets that more than one row carries, also below the window. */
  readonly duplicates: RangeList;
  /** In the table, and no record of Kafka's. */
  readonly extra: RangeList;
  /** Absent below the window, where Kafka cannot say any more whether it was a record. */
  readonly unexplained: RangeList;
}

export interface FactVerdict {
  readonly contract: string;
  readonly topic: string;
  readonly table: string;
  readonly partitions: readonly PartitionVerdict[];
  /** Rows that expire cannot be told from rows that are missing. */
  readonly hasTtl: boolean;
  readonly ok: boolean;
}

export interface VerifyFactOptions {
  readonly contract: WarehouseContract;
  readonly connection: KafkaConnection;
  readonly admin: Admin;
  readonly clickhouse: ClickHouse;
  /** The sink's group: behind its offset nothing is promised yet. */
  readonly group: string;
  readonly dead: DeadOffsets;
  /** Only records that are not older, ms since 1970; nothing below them is looked at then. */
  readonly sinceMs?: number;
}

/** Offsets that are held in memory at a time. */
const CHUNK = 200_000;

/** Rejects with `kafka.*` or `clickhouse.*` when a server cannot be asked. */
export async function verifyFact(options: VerifyFactOptions): Promise<FactVerdict> {
  const { contract, admin, clickhouse, group, sinceMs } = options;
  const topic = contract.topic.name;
  const log = await readTopicLog(admin, clickhouse, topic, contract.warehouse.table);
  const table = { clickhouse, table: contract.warehouse.table, topic, log };
  const [offsets, committed, first] = await Promise.all([
    admin.partitionOffsets(topic),
    admin.committedOffsets(group, [topic]),
    firstOffsets(table),
  ]);
  const since = sinceMs === undefined ? undefined : await admin.offsetsAt(topic, sinceMs);
  const partitions: PartitionVerdict[] = [];
  for (const { partition, low, stable } of offsets) {
    const found = committed.find((one) => one.partition === partition);
    const position = groupPosition(found, log.topicId)?.offset ?? low;
    const end = Math.max(low, Math.min(position, stable));
    const sinceOffset = since?.find((one) => one.partition === partition)?.offset;
    const from = Math.min(end, Math.max(low, sinceOffset ?? low));
    const verdict = emptyVerdict(partition, from, end);
    const begin = first.get(partition);
    if (since === undefined && begin !== undefined && begin < low) {
      await judgeForgotten(options, table, verdict, begin, low);
    }
    await judgeWindow(options, table, verdict);
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

type OpenVerdict = { -readonly [Key in keyof PartitionVerdict]: PartitionVerdict[Key] };

const emptyVerdict = (partition: number, from: number, end: number): OpenVerdict => ({
  ...{ partition, from, end, records: 0, landed: 0, dead: 0 },
  missing: createRangeList(),
  duplicates: createRangeList(),
  extra: createRangeList(),
  unexplained: createRangeList(),
});

/** Below Kafka's beginning: only the table and the dead letters can be asked. */
async function judgeForgotten(
  { dead }: VerifyFactOptions,
  table: TableOfTopic,
  verdict: OpenVerdict,
  begin: number,
  low: number,
): Promise<void> {
  const { partition, duplicates, unexplained } = verdict;
  for (const range of await differingRanges(table, partition, begin, low)) {
    for (const chunk of chunksOf(range)) {
      const held = await offsetsInTable(table, partition, chunk);
      for (let offset = chunk.from; offset <= chunk.to; offset += 1) {
        const rows = held.get(offset) ?? 0;
        if (rows > 1) duplicates.add(offset);
        if (rows === 0 && !dead.get(partition)?.has(offset)) unexplained.add(offset);
      }
    }
  }
}

async function judgeWindow(
  options: VerifyFactOptions,
  table: TableOfTopic,
  verdict: OpenVerdict,
): Promise<void> {
  const { partition, from, end } = verdict;
  const differing = await differingRanges(table, partition, from, end);
  const suspected = differing.reduce((sum, range) => sum + range.to - range.from + 1, 0);
  verdict.records += end - from - suspected;
  verdict.landed += end - from - suspected;
  for (const range of differing) await judgeRange(options, table, verdict, range);
}

/** Offset by offset, Kafka's records beside the table's rows. */
async function judgeRange(
  { connection, dead }: VerifyFactOptions,
  table: TableOfTopic,
  verdict: OpenVerdict,
  range: OffsetRange,
): Promise<void> {
  const { partition, missing, duplicates, extra } = verdict;
  const deadOffsets = dead.get(partition);
  const records = recordOffsets(connection, table.topic, partition, range.from, range.to + 1);
  let next = await records.next();
  for (const chunk of chunksOf(range)) {
    const held = await offsetsInTable(table, partition, chunk);
    for (let offset = chunk.from; offset <= chunk.to; offset += 1) {
      const rows = held.get(offset) ?? 0;
      const isRecord = !next.done && next.value === offset;
      if (isRecord) next = await records.next();
      if (rows > 1) duplicates.add(offset);
      if (!isRecord && rows > 0) extra.add(offset);
      if (!isRecord) continue;
      verdict.records += 1;
      if (rows > 0) verdict.landed += 1;
      else if (deadOffsets?.has(offset)) verdict.dead += 1;
      else missing.add(offset);
    }
  }
}

function* chunksOf({ from, to }: OffsetRange): Generator<OffsetRange> {
  for (let start = from; start <= to; start += CHUNK) {
    yield { from: start, to: Math.min(to, start + CHUNK - 1) };
  }
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
