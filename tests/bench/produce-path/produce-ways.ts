/**
 * The same load by three clients: idempotent, acks=all, one send after the other, each spread evenly over the
 * partitions. What differs is the client alone.
 */
import { createRequire } from 'node:module';
import { createProducer } from '@millrace/kafka';
import { silentLogger } from '@millrace/pipeline';

export interface ProduceWay {
  /** Writes one send of the size given at the start. */
  send(): Promise<unknown>;
  close(): Promise<unknown>;
}

export interface Load {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly partitions: number;
  readonly messagesPerSend: number;
}

const MESSAGE_BYTES = 120;
const value = Buffer.alloc(MESSAGE_BYTES, 'x');

const millrace = async ({ brokers, topic, partitions, messagesPerSend }: Load) => {
  const producer = createProducer({ brokers, clientId: 'bench', logger: silentLogger });
  const perPartition = messagesPerSend / partitions;
  const records = Array.from({ length: perPartition }, () => ({ key: null, value }));
  const batches = Array.from({ length: partitions }, (_, partition) => ({
    topic,
    partition,
    records,
  }));
  return { send: () => producer.send(batches), close: () => producer.close() };
};

const messagesOf = ({ messagesPerSend, partitions }: Load) =>
  Array.from({ length: messagesPerSend }, (_, index) => ({
    partition: index % partitions,
    value,
  }));

/** kafkajs as it is on npm: this process loads none of our substitutes for its modules. */
const kafkajs = async (load: Load) => {
  // Only packages/kafka depends on kafkajs; the bench borrows it from there.
  const require = createRequire(import.meta.resolve('@millrace/kafka'));
  const { Kafka, logLevel, Partitioners } = require('kafkajs');
  const kafka = new Kafka({ brokers: load.brokers, logLevel: logLevel.NOTHING });
  const producer = kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    createPartitioner: Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  const messages = messagesOf(load);
  return {
    send: () => producer.send({ topic: load.topic, messages, acks: -1 }),
    close: () => producer.disconnect(),
  };
};

const platformatic = async (load: Load) => {
  const { Producer } = await import('@platformatic/kafka');
  const producer = new Producer({
    clientId: 'bench',
    bootstrapBrokers: [...load.brokers],
    idempotent: true,
    acks: -1,
  });
  const messages = messagesOf(load).map((message) => ({ ...message, topic: load.topic }));
  return { send: () => producer.send({ messages }), close: () => producer.close() };
};

export const produceWays: Readonly<Record<string, (load: Load) => Promise<ProduceWay>>> = {
  millrace,
  kafkajs,
  platformatic,
};
