/**
 * The audit of a table that expires rows: each offset that Kafka still holds and the table does not is looked up, and what its TTL cannot have taken is
 * missing. What was removed from below Kafka's beginning cannot be told from what expired.
 */
import { type ConsumedRecord, type KafkaConnection, readPartition } from '@millrace/kafka';
import {
  createRangeList,
  emptyVerdict,
  judgeWindow,
  type OffsetRange,
  readTopicLog,
  type TableOfTopic,
} from '@millrace/reconcile';
import type { AuditOptions } from './audit-stream.ts';
import type { Expiry } from './expiry.ts';
import type { OffsetList, PartitionLedger, WatchedStream } from './watched-stream.ts';

/** Records that are looked up of one partition; what is beyond them is left for the next audit. */
const LOOKED_UP_MAX = 10_000;
const BATCH = 1_000;
const RANGES_MAX = 100;

/** Rejects with `kafka.*` or `clickhouse.*`; the ledger is then as before. */
export const auditExpiring = async (
  stream: WatchedStream,
  expiry: Expiry,
  { admin, clickhouse, connection, deadOf, onStep }: AuditOptions,
): Promise<void> => {
  const { contract, topicId } = stream;
  if (topicId === undefined || stream.ledgers.size === 0) return;
  const topic = contract.topic.name;
  const name = contract.warehouse.table;
  const log = await readTopicLog(admin, clickhouse, topic, name);
  if (log.topicId !== topicId) return;
  const table: TableOfTopic = { clickhouse, table: name, topic, log };
  const dead = await deadOf(topic);
  const before = [...stream.ledgers];
  for (const [index, [partition, ledger]] of before.entries()) {
    onStep?.(`partition ${index + 1} of ${before.length}`, index / before.length);
    const low = Math.max(ledger.started, stream.positions.get(partition)?.low ?? ledger.started);
    const verdict = emptyVerdict(partition, Math.min(low, ledger.done), ledger.done);
    await judgeWindow({ connection, dead }, table, verdict);
    const place = { topic, partition };
    const lost = await lostOf(verdict.missing.ranges, expiry, connection, place);
    const now = stream.ledgers.get(partition)!;
    // a recount meanwhile begins anew
    if (now.started !== ledger.started) continue;
    stream.ledgers.set(partition, withLost(now, lost, verdict.from, verdict.end));
    stream.hasLedgerChanged = true;
  }
};

/** What is known of offsets outside of the window stays; rows that expired count as landed. */
const withLost = (
  ledger: PartitionLedger,
  lost: OffsetList,
  from: number,
  end: number,
): PartitionLedger => {
  const outside = ledger.missing.ranges.filter((range) => range.to < from || range.from >= end);
  const list = createRangeList();
  const ranges = [...outside, ...lost.ranges].sort((a, b) => a.from - b.from);
  for (const range of ranges) list.add(range.from, range.to);
  const missing = { total: list.total, ranges: list.ranges.slice(0, RANGES_MAX) };
  return { ...ledger, missing, landed: ledger.landed + ledger.missing.total - missing.total };
};

const lostOf = async (
  missing: readonly OffsetRange[],
  expiry: Expiry,
  connection: KafkaConnection,
  place: { readonly topic: string; readonly partition: number },
): Promise<OffsetList> => {
  const lost = createRangeList();
  let batch: ConsumedRecord[] = [];
  let left = LOOKED_UP_MAX;
  const judge = async (): Promise<void> => {
    const gone = await expiry.mayHaveGone(batch);
    for (const [at, { offset }] of batch.entries()) if (!gone[at]) lost.add(offset);
    batch = [];
  };
  for (const { from, to } of missing) {
    const range = { ...place, fromOffset: from, toOffset: to + 1 };
    for await (const record of readPartition(connection, {
      ...range,
      isolation: 'read_committed',
    })) {
      batch.push(record);
      left -= 1;
      if (batch.length >= BATCH) await judge();
      if (left === 0) break;
    }
    if (left === 0) break;
  }
  if (batch.length > 0) await judge();
  return { total: lost.total, ranges: lost.ranges };
};
