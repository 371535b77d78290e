/** Opens and shuts gates, and reads them once. Who follows them is follow-gates.ts. */
import {
  parseStreamGate,
  type StreamGate,
  streamGatesTopic,
  streamGatesTopicSettings,
  topicConfig,
} from '@millrace/contracts';
import { type Admin, createProducer, type KafkaConnection, readPartition } from '@millrace/kafka';

export interface GateWriter {
  /** By contract; streams that nobody has spoken of are not there. */
  read(): Promise<ReadonlyMap<string, StreamGate>>;
  /** Resolves when all replicas in sync hold it. Who writes last wins. */
  put(contract: string, gate: StreamGate): Promise<void>;
  close(): Promise<void>;
}

/** Connects with the first call. The admin stays the caller's. */
export const openGateWriter = (connection: KafkaConnection, admin: Admin): GateWriter => {
  const producer = createProducer(connection);
  return {
    read: async () => {
      const [topic] = await admin.describeTopics([streamGatesTopic]);
      const gates = new Map<string, StreamGate>();
      if (topic === undefined) return gates;
      const range = { topic: streamGatesTopic, partition: 0, fromOffset: 0 } as const;
      for await (const { key, value } of readPartition(connection, {
        ...range,
        isolation: 'read_uncommitted',
      })) {
        const gate = value === null ? undefined : parseStreamGate(value.toString());
        if (gate === undefined) gates.delete(String(key));
        else gates.set(String(key), gate);
      }
      return gates;
    },
    put: async (contract, gate) => {
      const { name, partitions, replicationFactor } = streamGatesTopicSettings;
      await admin.createTopics([
        { name, partitions, replicationFactor, config: topicConfig(streamGatesTopicSettings) },
      ]);
      const record = { key: Buffer.from(contract), value: Buffer.from(JSON.stringify(gate)) };
      await producer.send([{ topic: streamGatesTopic, partition: 0, records: [record] }]);
    },
    close: () => producer.close(),
  };
};
