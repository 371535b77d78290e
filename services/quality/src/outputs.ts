/** Where results leave for others to read: streams of the platform's own, on Kafka, each made when it is first written to. */
import { compileWriter, frame, type RegistryClient } from '@millrace/avro';
import { type Contract, valueSubject } from '@millrace/contracts';
import {
  type Admin,
  createProducer,
  type KafkaConnection,
  type OutgoingRecord,
  partitionForKey,
} from '@millrace/kafka';

export interface QualityOutputs {
  /**
   * Resolves when all replicas in sync hold the records.
   * @param contract of the stream; its topic and subject are made when they are not there
   * @param records values by field, as avsc takes them, and the text of the key
   */
  publish(
    contract: Contract,
    records: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[],
  ): Promise<void>;
  close(): Promise<void>;
}

export interface QualityOutputsOptions {
  readonly connection: KafkaConnection;
  readonly admin: Admin;
  readonly registry: RegistryClient;
}

interface OpenStream {
  readonly partitions: number;
  recordOf(key: string, value: Readonly<Record<string, unknown>>): OutgoingRecord;
}

export const createQualityOutputs = (options: QualityOutputsOptions): QualityOutputs => {
  const { admin, registry } = options;
  const producer = createProducer(options.connection, {});
  const streams = new Map<string, Promise<OpenStream>>();

  const open = async ({ topic, schemaText }: Contract): Promise<OpenStream> => {
    const { name, partitions, replicationFactor } = topic;
    const config = { 'retention.ms': String(topic.retentionMs) };
    await admin.createTopics([{ name, partitions, replicationFactor, config }]);
    const { id } = await registry.register(valueSubject(name), schemaText);
    const write = compileWriter(schemaText);
    return {
      partitions: await producer.partitionCount(name),
      recordOf: (key, value) => ({ key: Buffer.from(key), value: frame(id, write(value)) }),
    };
  };
  const opened = (contract: Contract): Promise<OpenStream> => {
    const { name } = contract.topic;
    const known = streams.get(name);
    if (known !== undefined) return known;
    const opening = open(contract);
    streams.set(name, opening);
    // what failed is tried anew by the next
    opening.catch(() => streams.delete(name));
    return opening;
  };

  return {
    publish: async (contract, records) => {
      const { partitions, recordOf } = await opened(contract);
      const byPartition = Map.groupBy(records, ({ key }) =>
        partitionForKey(Buffer.from(key), partitions),
      );
      await producer.send(
        [...byPartition].map(([partition, some]) => ({
          topic: contract.topic.name,
          partition,
          records: some.map(({ key, value }) => recordOf(key, value)),
        })),
      );
    },
    close: () => producer.close(),
  };
};
