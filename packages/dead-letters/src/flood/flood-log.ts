/**
 * What services and persons tell each other of floods, on one compacted topic of the platform's own: `wait/<service>/<topic>/<partition>`,
 * written by the service whose partition waits and taken back when it goes on; `accept/<service>/<topic>`, a person's
 * order that the letters may be written nevertheless, until a moment.
 */
import {
  deadFloodsTopic,
  deadFloodsTopicSettings,
  MillraceError,
  topicConfig,
} from '@millrace/contracts';
import { createAdmin, createProducer, type KafkaConnection, readPartition } from '@millrace/kafka';

/** A partition that waits. */
export interface Flood {
  readonly service: string;
  /** Of several that read the same topic: the transform. */
  readonly owner?: string;
  /** What is read. For cdc the topic that the changes would go to. */
  readonly topic: string;
  readonly partition: number;
  readonly sinceMs: number;
  /** When the service last said so: every half minute while it lasts. */
  readonly atMs: number;
  /** Of the batch that waits: how many of how many. */
  readonly dead: number;
  readonly records: number;
  /** Of the first letter that would be written. */
  readonly code: string;
}

type FloodPlace = Pick<Flood, 'service' | 'owner' | 'topic' | 'partition'>;

export interface AcceptOrder {
  readonly service: string;
  readonly topic: string;
  readonly atMs: number;
  readonly untilMs: number;
  readonly by: string;
  readonly reason: string;
}

export interface FloodLogState {
  readonly floods: readonly Flood[];
  readonly orders: readonly AcceptOrder[];
}

export interface FloodLog {
  /**
   * Partitions that waited a short while ago, and all orders. Rejects as `readPartition`; nothing where there is no topic yet.
   * @param nowMs tells waits that last from those whose service is gone
   */
  read(nowMs: number): Promise<FloodLogState>;
  wait(flood: Flood): Promise<void>;
  goOn(flood: FloodPlace): Promise<void>;
  accept(order: AcceptOrder): Promise<void>;
  close(): Promise<void>;
}

const waitPrefix = 'wait/';
const waitKey = ({ service, owner, topic, partition }: FloodPlace): string =>
  `${waitPrefix}${[service, ...(owner === undefined ? [] : [owner]), topic, partition].join('/')}`;
/** Three times as long as a service takes to say it again. */
const WAIT_LASTS_MS = 90_000;

/** Connects with the first call. The topic is made by the first who writes. */
export const openFloodLog = (connection: KafkaConnection): FloodLog => {
  let producer: Promise<ReturnType<typeof createProducer>> | undefined;

  const openProducer = async () => {
    const admin = createAdmin(connection);
    try {
      const settings = deadFloodsTopicSettings;
      await admin.createTopics([{ ...settings, config: topicConfig(settings) }]);
    } finally {
      await admin.close();
    }
    return createProducer(connection);
  };
  const write = async (key: string, value: unknown): Promise<void> => {
    producer ??= openProducer();
    producer.catch(() => {
      producer = undefined;
    });
    const bytes = value === null ? null : Buffer.from(JSON.stringify(value));
    const records = [{ key: Buffer.from(key), value: bytes }];
    await (await producer).send([{ topic: deadFloodsTopic, partition: 0, records }]);
  };

  return {
    read: async (nowMs) => {
      const found = new Map<string, unknown>();
      const from = { topic: deadFloodsTopic, partition: 0, fromOffset: 0 };
      try {
        const records = readPartition(connection, { ...from, isolation: 'read_committed' });
        for await (const { key, value } of records) {
          if (value === null) found.delete(String(key));
          else found.set(String(key), JSON.parse(value.toString('utf8')));
        }
      } catch (error) {
        const isAbsent = error instanceof MillraceError && error.code === 'kafka.unknown-topic';
        if (!isAbsent) throw error;
      }
      const all = [...found];
      const [waits, orders] = [true, false].map((isWait) =>
        all.filter(([key]) => key.startsWith(waitPrefix) === isWait).map(([, value]) => value),
      );
      return {
        floods: (waits as Flood[]).filter(({ atMs }) => atMs >= nowMs - WAIT_LASTS_MS),
        orders: orders as AcceptOrder[],
      };
    },
    wait: (flood) => write(waitKey(flood), flood),
    goOn: (place) => write(waitKey(place), null),
    accept: (order) => write(`accept/${order.service}/${order.topic}`, order),
    close: async () => {
      await (await producer?.catch(() => undefined))?.close();
    },
  };
};
