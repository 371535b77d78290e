import { MillraceError } from '@millrace/contracts';
import { systemClock } from '@millrace/pipeline';
import { createCluster } from '../cluster/cluster.ts';
import { ERROR, refused } from '../cluster/protocol-errors.ts';
import type { KafkaConnection } from '../connection.ts';
import { initProducerId } from '../messages/produce-messages.ts';
import type { Compression, Producer } from '../producer.ts';
import type { OutgoingBatch, ProducedBatch } from '../records.ts';
import { createPartitionCounts } from './partition-counts.ts';
import { encodePendingBatches } from './pending-batch.ts';
import { createWriteQueue, type WriteQueue } from './write-queue.ts';

/**
 * The idempotent producer. What is sent is either known to be on all replicas in sync, exactly once, or
 * the send rejects; repeating, ordering and size limits live in the queues below it.
 */
export interface ProducerOptions {
  readonly compression?: Compression;
  /**
   * Upper bound of one record batch, bytes; below the topic's max.message.bytes (by default 1,048,588).
   * A batch that the broker still finds too large is halved until it fits.
   */
  readonly batchBytesMax?: number;
  /** How long one send may be tried again before it rejects, ms. */
  readonly deliveryTimeoutMs?: number;
  /** The first sequence number of each partition; tests of the wrap-around set it. */
  readonly firstSequence?: number;
}

export const BATCH_BYTES_MAX = 1_000_000;
export const DELIVERY_TIMEOUT_MS = 30_000;

export interface SendLimits {
  readonly compression: Compression;
  readonly batchBytesMax: number;
  readonly deliveryTimeoutMs: number;
}

export const sendLimits = (options: Omit<ProducerOptions, 'firstSequence'>): SendLimits => ({
  compression: options.compression ?? 'none',
  batchBytesMax: options.batchBytesMax ?? BATCH_BYTES_MAX,
  deliveryTimeoutMs: options.deliveryTimeoutMs ?? DELIVERY_TIMEOUT_MS,
});

/**
 * Queues the batches and waits until the fate of all is known. Rejects with the gravest failure: an
 * unknown outcome before a known one.
 */
export const sendBatches = async (
  queue: WriteQueue,
  batches: readonly OutgoingBatch[],
  limits: SendLimits,
): Promise<readonly ProducedBatch[]> => {
  const nowMs = systemClock.nowMs();
  const encoding = { ...limits, nowMs, deadlineMs: nowMs + limits.deliveryTimeoutMs };
  const outcomes = batches.map(({ topic, partition, records }) => {
    const pending = encodePendingBatches(records, encoding);
    if (pending.length > 0) queue.push(topic, partition, pending);
    return Promise.allSettled(pending.map((batch) => batch.outcome));
  });
  const settled = await Promise.all(outcomes);
  const failures: unknown[] = settled
    .flat()
    .flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []));
  if (failures.length > 0) {
    throw (
      failures.find(
        (reason) =>
          reason instanceof MillraceError && reason.code === 'kafka.write-outcome-unknown',
      ) ?? failures[0]
    );
  }
  return batches.map(({ topic, partition }, index) => {
    const parts = settled[index]!.flatMap((outcome) =>
      outcome.status === 'fulfilled' ? outcome.value : [],
    );
    return { topic, partition, baseOffset: parts[0]?.baseOffset ?? -1, parts };
  });
};

/** Opens no connection before the first call. */
export const createProducer = (
  connection: KafkaConnection,
  options: ProducerOptions = {},
): Producer => {
  const limits = sendLimits(options);
  const cluster = createCluster(connection);
  const counts = createPartitionCounts(cluster, limits.deliveryTimeoutMs);
  let closed = false;
  const queue = createWriteQueue({
    cluster,
    logger: connection.logger,
    transactionalId: null,
    ...(options.firstSequence !== undefined && { firstSequence: options.firstSequence }),
    async identity() {
      const answer = await cluster.sendToAny(
        initProducerId({ transactionalId: null, transactionTimeoutMs: 0 }),
      );
      if (answer.errorCode !== ERROR.none) {
        throw refused(answer.errorCode, 'asking for a producer id');
      }
      return answer;
    },
  });

  return {
    async send(batches) {
      if (closed) throw new MillraceError('kafka.closed', 'the producer is closed');
      const unknown = counts.check(batches);
      if (unknown !== undefined) await unknown;
      return sendBatches(queue, batches, limits);
    },
    partitionCount: counts.of,
    async close({ abandon = false } = {}) {
      if (closed) return;
      closed = true;
      if (abandon) queue.reset(new MillraceError('kafka.closed', 'the producer was closed'));
      await queue.idle();
      cluster.close();
    },
  };
};
