import { MillraceError } from '@millrace/contracts';
import type { Producer } from '../producer.ts';
import type { OutgoingRecord, ProducedBatch } from '../records.ts';

/**
 * Gathers single records into batches: one promise per record, one request for what came within the
 * linger time, a bound on what waits. It does not retry: the producer below it does.
 */
export interface AccumulatorOptions {
  /** How long the first record of a batch waits for company, ms. 0: until the end of this turn. */
  readonly lingerMs: number;
  /** A partition's batch goes out at once when it reaches this size, bytes. */
  readonly batchBytesMax: number;
  /** Bound on keys, values and headers waiting or in flight, bytes. */
  readonly bufferBytesMax: number;
}

export interface RecordPosition {
  readonly partition: number;
  readonly offset: number;
}

export interface Accumulator {
  /**
   * Resolves when the record is on all replicas in sync. Rejects at once with `kafka.buffer-full` when it
   * would take the buffer over its bound, and with whatever its batch's send rejects.
   */
  append(topic: string, partition: number, record: OutgoingRecord): Promise<RecordPosition>;
  /** Bytes waiting or in flight; what the bound applies to. */
  bufferedBytes(): number;
  /** Sends what waits and resolves when nothing waits or is in flight. */
  flush(): Promise<void>;
}

interface Waiting {
  readonly resolve: (position: RecordPosition) => void;
  readonly reject: (error: unknown) => void;
}

interface OpenBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: OutgoingRecord[];
  readonly waiting: Waiting[];
  bytes: number;
}

/** About what a record's lengths, offset and timestamp add on the wire. */
const RECORD_OVERHEAD_BYTES = 32;

const sizeOf = ({ key, value, headers, sharedHeaders }: OutgoingRecord): number => {
  let bytes = RECORD_OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0);
  bytes += sharedHeaders?.bytes.length ?? 0;
  for (const name in headers) bytes += name.length + headers[name]!.length;
  return bytes;
};

const settle = ({ partition, waiting }: OpenBatch, { parts }: ProducedBatch) => {
  let index = 0;
  for (const { count, baseOffset } of parts) {
    for (let delta = 0; delta < count; delta += 1) {
      waiting[index++]!.resolve({ partition, offset: baseOffset + delta });
    }
  }
};

/** The producer stays the caller's to close, after `flush`. */
export const createAccumulator = (
  producer: Producer,
  { lingerMs, batchBytesMax, bufferBytesMax }: AccumulatorOptions,
): Accumulator => {
  const open = new Map<string, OpenBatch>();
  const sending = new Set<Promise<void>>();
  let buffered = 0;
  let scheduled = false;

  const send = (batch: OpenBatch) => {
    const sent = producer
      .send([batch])
      .then(
        ([produced]) => settle(batch, produced!),
        (error: unknown) => {
          for (const { reject } of batch.waiting) reject(error);
        },
      )
      .finally(() => {
        buffered -= batch.bytes;
        sending.delete(sent);
      });
    sending.add(sent);
  };

  /** Batches leave one by one so that a record that is refused fails its own partition's batch alone. */
  const sendAll = () => {
    scheduled = false;
    const batches = [...open.values()];
    open.clear();
    for (const batch of batches) send(batch);
  };

  const openBatch = (key: string, topic: string, partition: number): OpenBatch => {
    const batch: OpenBatch = { topic, partition, records: [], waiting: [], bytes: 0 };
    open.set(key, batch);
    if (!scheduled) {
      scheduled = true;
      if (lingerMs > 0) setTimeout(sendAll, lingerMs);
      else setImmediate(sendAll);
    }
    return batch;
  };

  return {
    append(topic, partition, record) {
      const bytes = sizeOf(record);
      if (buffered + bytes > bufferBytesMax) {
        return Promise.reject(
          new MillraceError('kafka.buffer-full', `${buffered} bytes wait for Kafka`, {
            retryable: true,
          }),
        );
      }
      const key = `${partition} ${topic}`;
      let batch = open.get(key);
      if (batch !== undefined && batch.bytes + bytes > batchBytesMax) {
        open.delete(key);
        send(batch);
        batch = undefined;
      }
      batch ??= openBatch(key, topic, partition);
      buffered += bytes;
      batch.bytes += bytes;
      batch.records.push(record);
      return new Promise((resolve, reject) => {
        batch.waiting.push({ resolve, reject });
      });
    },
    bufferedBytes: () => buffered,
    async flush() {
      sendAll();
      while (sending.size > 0) await Promise.all(sending);
    },
  };
};
