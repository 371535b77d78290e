import type { Exchange } from '../cluster/exchange.ts';
import type { ByteReader } from '../wire/byte-reader.ts';

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
  /** Given anew each time a topic of this name is made. */
  readonly topicId: string;
  readonly partitions: readonly PartitionMetadata[];
  /** Whether whoever asks may read its records; undefined when the broker was not asked for it. */
  readonly mayRead: boolean | undefined;
}

export interface MetadataResponse {
  readonly brokers: readonly BrokerAddress[];
  readonly clusterId: string | null;
  readonly controllerId: number;
  readonly topics: readonly TopicMetadata[];
}

/** A topic asked for by its name. */
const NO_UUID = Buffer.alloc(16).toString('base64url');
/** In place of the operations that are allowed, when nobody asked for them; else one bit an operation, by its code. */
const NOT_ASKED = -(2 ** 31);
const READ = 1 << 3;

const readBroker = (reader: ByteReader): BrokerAddress => {
  const broker = {
    nodeId: reader.int32(),
    host: reader.compactString() ?? '',
    port: reader.int32(),
  };
  reader.compactString(); // rack
  reader.skipTags();
  return broker;
};

const readTopic = (reader: ByteReader): TopicMetadata => {
  const errorCode = reader.int16();
  const topic = reader.compactString() ?? '';
  const topicId = reader.uuid();
  reader.boolean(); // internal
  const partitions = reader.compactArray(() => {
    const partitionError = reader.int16();
    const partition = reader.int32();
    const leader = reader.int32();
    reader.int32(); // leader epoch
    const replicas = reader.compactArray(() => reader.int32());
    reader.compactArray(() => reader.int32()); // in-sync replicas
    reader.compactArray(() => reader.int32()); // offline replicas
    reader.skipTags();
    return { errorCode: partitionError, partition, leader, replicas };
  });
  const allowed = reader.int32();
  reader.skipTags();
  const mayRead = allowed === NOT_ASKED ? undefined : (allowed & READ) !== 0;
  return { errorCode, topic, topicId, partitions, mayRead };
};

/**
 * `topics` undefined: every topic. Never creates a topic by asking for it.
 * @param tellsRights `mayRead` is told as well; a broker does not log as refused what it answers here
 */
export const metadata = (
  topics: readonly string[] | undefined,
  tellsRights = false,
): Exchange<MetadataResponse> => ({
  apiKey: 3,
  apiVersion: 10,
  apiName: 'Metadata',
  flexible: true,
  write(writer) {
    if (topics === undefined) writer.compactNull();
    else {
      writer.compactArray(topics, (topic) => writer.uuid(NO_UUID).compactString(topic).noTags());
    }
    writer.boolean(false).boolean(false).boolean(tellsRights).noTags();
  },
  read(reader) {
    reader.int32(); // throttle time
    const brokers = reader.compactArray(() => readBroker(reader));
    const clusterId = reader.compactString();
    const controllerId = reader.int32();
    const topicList = reader.compactArray(() => readTopic(reader));
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
