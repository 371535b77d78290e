import type { Exchange } from '../cluster/exchange.ts';

/**
 * The requests by which a client finds its way: API versions, metadata, coordinators.
 * Source: https://kafka.apache.org/protocol#protocol_messages
 */
export interface ApiVersionsResponse {
  readonly errorCode: number;
  readonly ranges: readonly { apiKey: number; minVersion: number; maxVersion: number }[];
}

export const apiVersions: Exchange<ApiVersionsResponse> = {
  apiKey: 18,
  apiVersion: 2,
  apiName: 'ApiVersions',
  write: () => undefined,
  read: (reader) => ({
    errorCode: reader.int16(),
    ranges: reader.array(() => ({
      apiKey: reader.int16(),
      minVersion: reader.int16(),
      maxVersion: reader.int16(),
    })),
  }),
};

export interface BrokerAddress {
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
}

export interface PartitionMetadata {
  readonly errorCode: number;
  readonly partition: number;
  /** Node id; -1 while there is none. */
  readonly leader: number;
  readonly replicas: readonly number[];
}

export interface TopicMetadata {
  readonly errorCode: number;
  readonly topic: string;
  readonly partitions: readonly PartitionMetadata[];
}

export interface MetadataResponse {
  readonly brokers: readonly BrokerAddress[];
  readonly clusterId: string | null;
  readonly controllerId: number;
  readonly topics: readonly TopicMetadata[];
}

/** `topics` undefined: every topic. Never creates a topic by asking for it. */
export const metadata = (topics: readonly string[] | undefined): Exchange<MetadataResponse> => ({
  apiKey: 3,
  apiVersion: 5,
  apiName: 'Metadata',
  write(writer) {
    if (topics === undefined) writer.int32(-1);
    else writer.array(topics, (topic) => writer.string(topic));
    writer.boolean(false);
  },
  read(reader) {
    reader.int32(); // throttle time
    const brokers = reader.array(() => {
      const broker = {
        nodeId: reader.int32(),
        host: reader.string() ?? '',
        port: reader.int32(),
      };
      reader.string(); // rack
      return broker;
    });
    const clusterId = reader.string();
    const controllerId = reader.int32();
    const topicList = reader.array(() => {
      const errorCode = reader.int16();
      const topic = reader.string() ?? '';
      reader.boolean(); // internal
      const partitions = reader.array(() => {
        const partition = {
          errorCode: reader.int16(),
          partition: reader.int32(),
          leader: reader.int32(),
          replicas: reader.array(() => reader.int32()),
        };
        reader.array(() => reader.int32()); // in-sync replicas
        reader.array(() => reader.int32()); // offline replicas
        return partition;
      });
      return { errorCode, topic, partitions };
    });
    return { brokers, clusterId, controllerId, topics: topicList };
  },
});

export type CoordinatorKind = 'group' | 'transaction';

export interface FindCoordinatorResponse {
  readonly errorCode: number;
  readonly coordinator: BrokerAddress;
}

export const findCoordinator = (
  kind: CoordinatorKind,
  key: string,
): Exchange<FindCoordinatorResponse> => ({
  apiKey: 10,
  apiVersion: 2,
  apiName: 'FindCoordinator',
  write: (writer) => writer.string(key).int8(kind === 'group' ? 0 : 1),
  read(reader) {
    reader.int32(); // throttle time
    const errorCode = reader.int16();
    reader.string(); // error message
    return {
      errorCode,
      coordinator: {
        nodeId: reader.int32(),
        host: reader.string() ?? '',
        port: reader.int32(),
      },
    };
  },
});
