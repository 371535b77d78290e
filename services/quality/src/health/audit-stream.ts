/**
 * Counts again what was counted before: the rows of all that is done against what the ledger says, one scan of three columns a table. What was removed
 * or copied since is found so. Where it differs, the topic is asked which offsets those are, as far as Kafka still holds them.
 */
import type { ClickHouse } from '@millrace/clickhouse';
import { quoteName } from '@millrace/contracts';
import type { Admin, KafkaConnection } from '@millrace/kafka';
import {
  type DeadOffsets,
  emptyVerdict,
  judgeWindow,
  paramsOf,
  readTopicLog,
  rowsOfLog,
  type TableOfTopic,
} from '@millrace/reconcile';
import { tellsExpiry } from './expiry.ts';
import {
  isCounted,
  joined,
  noOffsets,
  type PartitionLedger,
  type WatchedStream,
} from './watched-stream.ts';

export interface AuditOptions {
  readonly clickhouse: ClickHouse;
  readonly connection: KafkaConnection;
  readonly admin: Pick<Admin, 'topicId'>;
  /** All dead letters of a topic, not only those that are not counted yet. */
  deadOf(topic: string): Promise<DeadOffsets>;
  /** Told how far it is, 0 to 1, and what it does next. */
  onStep?(step: string, share: number): void;
}

interface Totals {
  readonly rows: number;
  readonly hash: bigint;
}

const noTotals: Totals = { rows: 0, hash: 0n };

/** Of a table that expires rows only where it can be told which: audit-expiring.ts. */
export const isAudited = ({ contract }: Pick<WatchedStream, 'contract'>): boolean =>
  isCounted(contract) && (contract.warehouse.ttl === undefined || tellsExpiry(contract));

/** Rejects with `kafka.*` or `clickhouse.*`; the ledger is then as before. */
export const auditStream = async (stream: WatchedStream, options: AuditOptions): Promise<void> => {
  const { contract, topicId } = stream;
  const { admin, clickhouse } = options;
  if (topicId === undefined || stream.ledgers.size === 0) return;
  const topic = contract.topic.name;
  const name = contract.warehouse.table;
  const log = await readTopicLog(admin, clickhouse, topic, name);
  if (log.topicId !== topicId) return;
  const table: TableOfTopic = { clickhouse, table: name, topic, log };
  const before = new Map(stream.ledgers);
  options.onStep?.(`${name} is added up`, 0);
  const rows = await totalsOf(table, before, 'rows');
  for (const [index, [partition, ledger]] of [...before].entries()) {
    options.onStep?.(`partition ${index + 1} of ${before.size}`, 0.5 + index / before.size / 2);
    const found = rows.get(partition) ?? noTotals;
    if (isConsistent(ledger) && found.rows === ledger.landed && found.hash === ledger.hash) {
      const known = stream.ledgers.get(partition)!;
      if (known.double.total > 0 && known.done === ledger.done)
        set(stream, partition, { ...known, double: noOffsets });
      continue;
    }
    const audited = await auditPartition(stream, partition, ledger, table, options);
    // the count may have gone on meanwhile: what came then stays
    const now = stream.ledgers.get(partition)!;
    if (audited === undefined || now.started !== ledger.started) continue;
    set(stream, partition, {
      ...now,
      landed: now.landed - ledger.landed + audited.landed,
      hash: BigInt.asUintN(64, now.hash - ledger.hash + audited.hash),
      ...{ missing: audited.missing, double: audited.double, unlocated: audited.unlocated },
    });
  }
};

/** What is told as missing is what is not there: else the last look met a table that was changing. */
const isConsistent = ({ records, dead, landed, missing, unlocated }: PartitionLedger): boolean =>
  landed + dead + missing.total + unlocated === records;

const set = (stream: WatchedStream, partition: number, ledger: PartitionLedger): void => {
  stream.ledgers.set(partition, ledger);
  stream.hasLedgerChanged = true;
};

/** Rows, or distinct offsets, of what is counted, and the sum of their hashes. */
const totalsOf = async (
  table: TableOfTopic,
  ledgers: ReadonlyMap<number, PartitionLedger>,
  what: 'rows' | 'offsets',
): Promise<ReadonlyMap<number, Totals>> => {
  const counted = [...ledgers].filter(([, { started, done }]) => done > started);
  if (counted.length === 0) return new Map();
  const ranges = counted.map(
    ([partition, { started, done }]) =>
      `(_partition = ${partition} AND _offset >= ${started} AND _offset < ${done})`,
  );
  const from = `FROM ${quoteName(table.table)} WHERE ${rowsOfLog(table)} AND (${ranges.join(' OR ')})`;
  const rows = await table.clickhouse.query<{ partition: number; rows: string; hash: string }>(
    `SELECT _partition AS partition, count() AS rows, sum(sipHash64(_offset)) AS hash
     ${what === 'rows' ? from : `FROM (SELECT DISTINCT _partition, _offset ${from})`} GROUP BY partition`,
    paramsOf(table),
  );
  return new Map(
    rows.map(({ partition, rows: count, hash }) => [
      partition,
      { rows: Number(count), hash: BigInt(hash) },
    ]),
  );
};

/** Undefined when the table changed while it was looked at. */
const auditPartition = async (
  stream: WatchedStream,
  partition: number,
  ledger: PartitionLedger,
  table: TableOfTopic,
  options: AuditOptions,
): Promise<
  Pick<PartitionLedger, 'landed' | 'hash' | 'missing' | 'double' | 'unlocated'> | undefined
> => {
  const distinctRows = async () =>
    (await totalsOf(table, new Map([[partition, ledger]]), 'offsets')).get(partition) ?? noTotals;
  const distinct = await distinctRows();
  const low = Math.max(ledger.started, stream.positions.get(partition)?.low ?? ledger.started);
  const dead = await options.deadOf(table.topic);
  const verdict = emptyVerdict(partition, Math.min(low, ledger.done), ledger.done);
  await judgeWindow({ connection: options.connection, dead }, table, verdict);
  const after = await distinctRows();
  if (after.rows !== distinct.rows || after.hash !== distinct.hash) return undefined;
  const { missing, duplicates, extra } = verdict;
  const absent = ledger.records - ledger.dead - (distinct.rows - extra.total) - missing.total;
  return {
    landed: distinct.rows,
    hash: distinct.hash,
    missing: { total: missing.total, ranges: missing.ranges.slice(0, 100) },
    double: joined(
      { total: duplicates.total, ranges: duplicates.ranges },
      { total: extra.total, ranges: extra.ranges },
    ),
    unlocated: Math.max(0, absent),
  };
};
