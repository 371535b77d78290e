/** What Kafka holds of a captured source: the last position, snapshots, blocked keys. */
import {
  cdcStateTopic,
  MillraceError,
  positionsTopic,
  snapshotFactPrefix,
} from '@millrace/contracts';
import { createAdmin, type KafkaConnection, readPartition } from '@millrace/kafka';
import type { WrittenProgress } from './snapshot-status.ts';

export interface SourceMemory {
  /** Of the last Kafka transaction; undefined before the first, and while another snapshot takes the place of all that was. */
  readonly position:
    | { readonly commitLsn: string; readonly index: number; readonly writtenMs: number }
    | undefined;
  readonly snapshots: readonly WrittenProgress[];
  readonly isPaused: boolean;
  readonly blockedKeys: number;
}

const TAIL_RECORDS = 200;
/** A person waits no longer. */
const UNAVAILABLE_MAX_MS = 10_000;

const lastPosition = async (
  connection: KafkaConnection,
  source: string,
): Promise<SourceMemory['position']> => {
  const topic = positionsTopic(source);
  const admin = createAdmin(connection);
  const [{ high, low } = { high: 0, low: 0 }] = await admin.partitionOffsets(topic);
  await admin.close();
  let last: SourceMemory['position'];
  const records = readPartition(connection, {
    ...{ topic, partition: 0, isolation: 'read_committed' },
    fromOffset: Math.max(high - TAIL_RECORDS, low),
  });
  for await (const { timestampMs, value } of records) {
    if (value === null) last = undefined;
    else {
      const { commitLsn, index } = JSON.parse(value.toString('utf8'));
      last = { commitLsn, index, writtenMs: timestampMs };
    }
  }
  return last;
};

interface StoredHeap {
  readonly ranges: readonly { readonly fromBlock: number; readonly toBlock: number | null }[];
}

/** A range to the end counts by its beginning. */
const blocksOf = (heaps: readonly StoredHeap[] | undefined): number | undefined =>
  heaps
    ?.flatMap(({ ranges }) => ranges)
    .reduce((sum, { fromBlock, toBlock }) => sum + (toBlock ?? fromBlock) - fromBlock, 0);

/** One more record of a table; what is told again, or asked for anew, begins a course of its own. */
const nextProgress = (
  table: string,
  value: Buffer,
  ms: number,
  before: WrittenProgress | undefined,
): WrittenProgress => {
  const { blocksDone, condition, rows, statement, status } = JSON.parse(value.toString('utf8'));
  const goesOn = before?.status === 'running' && rows >= before.rows;
  return {
    ...{ table, status, rows, lastMs: ms },
    blocks: blocksOf(blocksDone?.heaps),
    isLimited: (condition ?? statement) !== undefined,
    since: goesOn ? before.since : { ms, rows },
  };
};

/** Undefined when the source was never captured. Throws kafka.* errors, `kafka.unavailable` after ten seconds. */
export const readMemory = async (
  connection: KafkaConnection,
  source: string,
): Promise<SourceMemory | undefined> => {
  const facts = new Set<string>();
  const snapshots = new Map<string, WrittenProgress>();
  try {
    const records = readPartition(connection, {
      ...{ topic: cdcStateTopic(source), partition: 0, fromOffset: 0, isolation: 'read_committed' },
      unavailableMaxMs: UNAVAILABLE_MAX_MS,
    });
    for await (const { key, timestampMs, value } of records) {
      const name = key?.toString('utf8') ?? '';
      if (value === null) {
        facts.delete(name);
        snapshots.delete(name);
      } else if (name.startsWith(snapshotFactPrefix)) {
        const table = name.slice(snapshotFactPrefix.length);
        snapshots.set(name, nextProgress(table, value, timestampMs, snapshots.get(name)));
      } else facts.add(name);
    }
    return {
      position: await lastPosition(connection, source),
      snapshots: [...snapshots.values()],
      isPaused: facts.has('snapshots-paused'),
      blockedKeys: [...facts].filter((name) => name.startsWith('blocked/')).length,
    };
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'kafka.unknown-topic') return undefined;
    throw error;
  }
};
