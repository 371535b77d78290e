import { MillraceError } from '@millrace/contracts';
import { systemClock } from '@millrace/pipeline';
import { type Cluster, createCluster } from '../cluster/cluster.ts';
import { offsetsOf } from '../cluster/partition-offsets.ts';
import { ERROR, errorName, isLeaderError, refused } from '../cluster/protocol-errors.ts';
import { retryUnavailable } from '../cluster/retry.ts';
import type { KafkaConnection } from '../connection.ts';
import { type FetchedPartition, fetchRecords, type Isolation } from '../messages/fetch-messages.ts';
import { rowsOfPacks } from '../record-rows.ts';
import type { ConsumedRecord, RecordRows } from '../records.ts';
import { readCommittedRecords } from '../wire/committed-records.ts';

/**
 * One partition from an offset to the end it has at the start of the call, then no further: for recovery
 * (positions, state, claims) and tests, not for following a topic.
 *
 * Reading committed, the end is the last stable offset: an open transaction hides itself and whatever
 * comes after it. Whoever reads its own position therefore fences its predecessor first, which ends that
 * one's transaction; and who reads what others write to as well, says `awaitOpen`.
 */
export interface ReadPartitionOptions {
  readonly topic: string;
  readonly partition: number;
  /** Below the log's start: reading begins at the log's start. */
  readonly fromOffset: number;
  /** Exclusive; never beyond the end at the start of the call. */
  readonly toOffset?: number;
  readonly isolation: Isolation;
  /**
   * Transactions that are open at the start of the call are waited for, so that they hide nothing that was committed before it. An
   * abandoned one ends by its time-out. The signal ends the waiting.
   */
  readonly awaitOpen?: { readonly signal?: AbortSignal };
  /** How long a broker may be away before the reading rejects with `kafka.unavailable`, ms. */
  readonly unavailableMaxMs?: number;
}

const BYTES_MAX = 8 * 1024 * 1024;
const WAIT_MS = 500;
const OPEN_LOOK_MS = 50;

const fetchOnce = async (
  cluster: Cluster,
  { topic, partition, isolation }: ReadPartitionOptions,
  offset: number,
): Promise<FetchedPartition> => {
  const nodeId = cluster.leader(topic, partition);
  const topicId = cluster.topicId(topic);
  if (nodeId === undefined || topicId === undefined) {
    await cluster.refresh([topic]);
    throw new MillraceError('kafka.unavailable', `${topic}-${partition} has no leader`, {
      retryable: true,
    });
  }
  const request = fetchRecords({
    positions: [{ topicId, partition, offset, bytesMax: BYTES_MAX }],
    isolation,
    bytesMax: BYTES_MAX,
    waitMs: WAIT_MS,
  });
  try {
    const [answer] = await cluster.send(nodeId, request, 'fetch');
    if (answer === undefined) throw refused(-1, `reading ${topic}-${partition}`);
    if (answer.errorCode === ERROR.none) return answer;
    if (answer.errorCode === ERROR.offsetOutOfRange) {
      throw new MillraceError(
        'kafka.offset-out-of-range',
        `${topic}-${partition} does not hold offset ${offset} any more`,
      );
    }
    if (!isLeaderError(answer.errorCode)) {
      throw refused(answer.errorCode, `reading ${topic}-${partition}`);
    }
    throw new MillraceError('kafka.unavailable', errorName(answer.errorCode), { retryable: true });
  } catch (error) {
    await cluster.refresh([topic]).catch(() => undefined);
    throw error;
  }
};

/**
 * As `readPartition`, by what one answer of the broker holds, none of them empty: for reading much. The next answer is
 * fetched while the caller works on this one, so two of them (8 MiB each at most) are held.
 */
export async function* readPartitionRows(
  connection: KafkaConnection,
  options: ReadPartitionOptions,
): AsyncGenerator<RecordRows, void, void> {
  const cluster = createCluster(connection);
  try {
    yield* readRows(cluster, options);
  } finally {
    cluster.close();
  }
}

async function* readRows(
  cluster: Cluster,
  options: ReadPartitionOptions,
): AsyncGenerator<RecordRows, void, void> {
  const { topic, partition, isolation, unavailableMaxMs = 30_000 } = options;
  const retrying = <T>(operation: () => Promise<T>) =>
    retryUnavailable(operation, { deadlineMs: systemClock.nowMs() + unavailableMaxMs });
  const fetchFrom = (offset: number): Promise<FetchedPartition> => {
    const fetched = retrying(() => fetchOnce(cluster, options, offset));
    // Nobody waits for it when the reader stops before.
    fetched.catch(() => undefined);
    return fetched;
  };
  const found = await retrying(() => cluster.topic(topic));
  if (found === undefined || !found.partitions.some((one) => one.partition === partition)) {
    throw new MillraceError('kafka.unknown-topic', `there is no ${topic}-${partition}`);
  }
  const offsetAt = async (at: 'start' | 'end', seen: Isolation): Promise<number> =>
    (await retrying(() => offsetsOf(cluster, [{ topic, partition }], at, seen)))[0]!.offset;
  const low = await offsetAt('start', isolation);
  const written = options.awaitOpen === undefined ? 0 : await offsetAt('end', 'read_uncommitted');
  let high = await offsetAt('end', isolation);
  while (high < written) {
    await systemClock.sleep(OPEN_LOOK_MS, options.awaitOpen?.signal);
    high = await offsetAt('end', isolation);
  }
  const end = Math.min(options.toOffset ?? Number.POSITIVE_INFINITY, high);
  let offset = Math.max(options.fromOffset, low);
  if (offset >= end) return;
  let fetching = fetchFrom(offset);
  while (offset < end) {
    const answer = await fetching;
    const aborted = isolation === 'read_committed' ? answer.aborted : [];
    const part = readCommittedRecords(answer.batches, aborted, offset);
    offset = part.nextOffset;
    if (offset < end) fetching = fetchFrom(offset);
    const all = rowsOfPacks(part.packs);
    const rows = offset <= end ? all : all.where((one) => one < end);
    if (rows.length > 0) yield rows;
  }
}

/**
 * Rejects with `kafka.unknown-topic`, `kafka.offset-out-of-range` when retention overtakes the reader,
 * `kafka.unavailable` after the bound, `kafka.corrupt-batch`, `kafka.compression-unsupported`.
 */
export async function* readPartition(
  connection: KafkaConnection,
  options: ReadPartitionOptions,
): AsyncGenerator<ConsumedRecord, void, void> {
  for await (const rows of readPartitionRows(connection, options)) yield* rows;
}

/** `readPartition` over connections that stay open, for who reads a little every now and then. Readings may overlap. */
export interface PartitionReader {
  /** As `readPartition`. Each reading asks anew who leads. */
  read(options: ReadPartitionOptions): AsyncGenerator<ConsumedRecord, void, void>;
  /** As `readPartitionRows`, likewise. */
  readRows(options: ReadPartitionOptions): AsyncGenerator<RecordRows, void, void>;
  close(): void;
}

/** Opens no connection before the first reading. */
export const createPartitionReader = (connection: KafkaConnection): PartitionReader => {
  const cluster = createCluster(connection);
  async function* readAnew(options: ReadPartitionOptions): AsyncGenerator<RecordRows, void, void> {
    // a topic that was made anew has another id, and its partitions may have moved since the last reading
    await retryUnavailable(() => cluster.refresh([options.topic]), {
      deadlineMs: systemClock.nowMs() + (options.unavailableMaxMs ?? 30_000),
    });
    yield* readRows(cluster, options);
  }
  return {
    async *read(options) {
      for await (const rows of readAnew(options)) yield* rows;
    },
    readRows: readAnew,
    close: () => cluster.close(),
  };
};
