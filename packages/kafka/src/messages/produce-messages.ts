import type { Exchange } from '../cluster/exchange.ts';

/**
 * Writing: Produce, and the producer ids that make it idempotent.
 * Source: https://kafka.apache.org/protocol#The_Messages_Produce, https://cwiki.apache.org/confluence/display/KAFKA/KIP-360
 */
export interface PartitionWrite {
  readonly topic: string;
  readonly partition: number;
  /** One stamped record batch. */
  readonly batch: Buffer;
}

export interface PartitionWritten {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly baseOffset: number;
}

const ACKS_ALL = -1;

export interface ProduceRequest {
  readonly transactionalId: string | null;
  readonly writes: readonly PartitionWrite[];
  /** How long the leader waits for the replicas in sync, ms. */
  readonly replicationTimeoutMs: number;
}

export const produce = (request: ProduceRequest): Exchange<readonly PartitionWritten[]> => ({
  apiKey: 0,
  apiVersion: 7,
  apiName: 'Produce',
  bytesHint: request.writes.reduce(
    (sum, { topic, batch }) => sum + batch.length + topic.length * 3 + 16,
    256,
  ),
  write(writer) {
    const byTopic = Map.groupBy(request.writes, (write) => write.topic);
    writer.string(request.transactionalId).int16(ACKS_ALL).int32(request.replicationTimeoutMs);
    writer.array([...byTopic], ([topic, writes]) =>
      writer
        .string(topic)
        .array(writes, ({ partition, batch }) => writer.int32(partition).bytes(batch)),
    );
  },
  read: (reader) =>
    reader
      .array(() => {
        const topic = reader.string() ?? '';
        return reader.array(() => {
          const written = {
            topic,
            partition: reader.int32(),
            errorCode: reader.int16(),
            baseOffset: reader.int64(),
          };
          reader.int64(); // log append time
          reader.int64(); // log start offset
          return written;
        });
      })
      .flat(),
});

export interface ProducerIdentity {
  readonly producerId: bigint;
  readonly producerEpoch: number;
}

export interface InitProducerIdRequest {
  readonly transactionalId: string | null;
  readonly transactionTimeoutMs: number;
  /** The identity to bump; a broker refuses it when a later instance has taken over (KIP-360). */
  readonly current?: ProducerIdentity;
}

export const initProducerId = (
  request: InitProducerIdRequest,
): Exchange<ProducerIdentity & { readonly errorCode: number }> => ({
  apiKey: 22,
  apiVersion: 4,
  apiName: 'InitProducerId',
  flexible: true,
  write: (writer) =>
    writer
      .compactString(request.transactionalId)
      .int32(request.transactionTimeoutMs)
      .int64(request.current?.producerId ?? -1)
      .int16(request.current?.producerEpoch ?? -1)
      .noTags(),
  read(reader) {
    reader.int32(); // throttle time
    return {
      errorCode: reader.int16(),
      producerId: reader.bigint64(),
      producerEpoch: reader.int16(),
    };
  },
});
