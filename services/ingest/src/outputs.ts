/**
 * Where events leave: Kafka, through one idempotent producer, or the spool (spool/) while Kafka is away. The steps
 * append to partitions; routing has happened. Also settles writes whose outcome Kafka left open, by reading what is there.
 */
import {
  type Admin,
  createProducer,
  type KafkaConnection,
  type OutgoingRecord,
} from '@millrace/kafka';
import { type Clock, type Logger, retry } from '@millrace/pipeline';
import type { IngestMetrics } from './metrics.ts';
import { createRecordBatcher } from './record-batcher.ts';
import type { EventSpool } from './spool/event-spool.ts';
import type { Taken } from './spool/stream-outlet.ts';
import type { Stream } from './stream.ts';
import type { PendingWrite } from './window/event-window.ts';
import { restoreWindow } from './window/restore-window.ts';

export interface EventOutputs {
  /**
   * Resolves when all replicas in sync hold the records; to `{ way: 'spool' }` when the disk does in their place,
   * for a stream that allows it.
   */
  append(
    topic: string,
    partition: number,
    records: readonly OutgoingRecord[],
  ): Promise<Taken | undefined>;
  /** A promise while it is not known. */
  partitionCount(topic: string): number | Promise<number>;
  /** The partition for a keyless request of this many bytes; moves on after a while, as the Java client does. */
  stickyPartition(topic: string, partitions: number, bytes: number): number;
  /** The write may be on Kafka: reads the topic's end until that is known, then tells the window. */
  settleLater(stream: Stream, write: PendingWrite): void;
  /** How long the oldest batch on its way has been waiting, ms. */
  oldestMs(): number;
  /** Waits for what is on its way, then disconnects. */
  close(): Promise<void>;
}

export interface EventOutputsOptions {
  readonly connection: KafkaConnection;
  readonly spool: EventSpool | undefined;
  readonly admin: Admin;
  readonly acknowledgeTimeoutMs: number;
  readonly restoreEvents: number;
  readonly metrics: IngestMetrics;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** A keyless stream stays on a partition for this many bytes of bodies, so that batches are worth a request. */
const stickyBytes = 32 * 1024;

export const createEventOutputs = (options: EventOutputsOptions): EventOutputs => {
  const { connection, metrics, spool } = options;
  const producer = createProducer(connection, {
    deliveryTimeoutMs: options.acknowledgeTimeoutMs,
  });
  const batcher = createRecordBatcher(producer, {
    batchRecordsMax: 5000,
    nowMs: () => performance.now(),
    observe: (durationMs) => metrics.produceSeconds.observe(durationMs / 1000),
  });
  const closing = new AbortController();
  const settle = createSettler(options, closing.signal);
  const sticky = new Map<string, { partition: number; bytes: number }>();

  return {
    append: (topic, partition, records) =>
      spool?.outlet(topic)?.append(partition, records) ??
      (batcher.append(topic, partition, records) as Promise<undefined>),
    partitionCount: (topic) => spool?.partitionCount(topic) ?? producer.partitionCount(topic),
    stickyPartition: (topic, partitions, bytes) => {
      const at = sticky.get(topic) ?? {
        partition: Math.floor(Math.random() * partitions),
        bytes: 0,
      };
      sticky.set(topic, at);
      if (at.bytes >= stickyBytes) {
        at.partition += 1;
        at.bytes = 0;
      }
      at.bytes += bytes;
      at.partition %= partitions;
      return at.partition;
    },
    settleLater: settle,
    oldestMs: batcher.oldestMs,
    close: async () => {
      await batcher.idle();
      closing.abort(new Error('the door is closing'));
      await spool?.close();
      await producer.close();
    },
  };
};

/** One reading at a time for each stream; writes that come meanwhile wait for the next. */
const createSettler = (
  { connection, admin, restoreEvents, metrics, clock, logger }: EventOutputsOptions,
  signal: AbortSignal,
) => {
  const waiting = new Map<Stream, PendingWrite[]>();

  const run = async (stream: Stream, writes: PendingWrite[]): Promise<void> => {
    const read = retry(
      () => restoreWindow({ connection, admin }, stream, { eventsMax: restoreEvents }),
      { initialMs: 500, multiplier: 2, maxMs: 10_000, jitter: 0.2 },
      clock,
      signal,
    );
    while (writes.length > 0) {
      const settled = [...writes];
      const { count } = await read();
      metrics.readBackEvents.inc({ topic: stream.topic, for: 'ids' }, count);
      writes.splice(0, settled.length);
      for (const write of settled) stream.window.fail(write);
    }
  };

  return (stream: Stream, write: PendingWrite): void => {
    const writes = waiting.get(stream);
    if (writes !== undefined) {
      writes.push(write);
      return;
    }
    const first = [write];
    waiting.set(stream, first);
    logger.warn(
      { topic: stream.topic },
      'outcome of a write unknown: reading the topic to settle it',
    );
    run(stream, first)
      // Unsettled ids stay pending: their repeats are answered with 503, never written twice.
      .catch((error: unknown) => {
        if (!signal.aborted) logger.error({ err: error, topic: stream.topic }, 'could not settle');
      })
      .finally(() => waiting.delete(stream));
  };
};
