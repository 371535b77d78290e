import type { Exchange } from '../cluster/exchange.ts';

/**
 * Topics and their settings, and the ends of partitions.
 * Source: https://kafka.apache.org/protocol#protocol_messages
 */
export interface TopicOutcome {
  readonly topic: string;
  readonly errorCode: number;
  readonly message: string | null;
}

export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly config: Readonly<Record<string, string>>;
}

const CONTROLLER_TIMEOUT_MS = 15_000;

export const createTopics = (topics: readonly NewTopic[]): Exchange<readonly TopicOutcome[]> => ({
  apiKey: 19,
  apiVersion: 4,
  apiName: 'CreateTopics',
  write: (writer) =>
    writer
      .array(topics, (topic) =>
        writer
          .string(topic.name)
          .int32(topic.partitions)
          .int16(topic.replicationFactor)
          .array([], () => undefined) // replica assignment: the cluster's to choose
          .array(Object.entries(topic.config), ([name, value]) =>
            writer.string(name).string(value),
          ),
      )
      .int32(CONTROLLER_TIMEOUT_MS)
      .boolean(false), // validate only
  read(reader) {
    reader.int32(); // throttle time
    return reader.array(() => ({
      topic: reader.string() ?? '',
      errorCode: reader.int16(),
      message: reader.string(),
    }));
  },
});

export const deleteTopics = (names: readonly string[]): Exchange<readonly TopicOutcome[]> => ({
  apiKey: 20,
  apiVersion: 3,
  apiName: 'DeleteTopics',
  write: (writer) =>
    writer.array(names, (name) => writer.string(name)).int32(CONTROLLER_TIMEOUT_MS),
  read(reader) {
    reader.int32(); // throttle time
    return reader.array(() => ({
      topic: reader.string() ?? '',
      errorCode: reader.int16(),
      message: null,
    }));
  },
});

export const createPartitions = (
  topic: string,
  partitions: number,
): Exchange<readonly TopicOutcome[]> => ({
  apiKey: 37,
  apiVersion: 1,
  apiName: 'CreatePartitions',
  write: (writer) =>
    writer
      .array([topic], (name) => writer.string(name).int32(partitions).int32(-1))
      .int32(CONTROLLER_TIMEOUT_MS)
      .boolean(false), // validate only
  read(reader) {
    reader.int32(); // throttle time
    return reader.array(() => ({
      topic: reader.string() ?? '',
      errorCode: reader.int16(),
      message: reader.string(),
    }));
  },
});

const TOPIC_RESOURCE = 2;

export interface TopicSetting {
  readonly name: string;
  readonly value: string | null;
  /** Set on the topic itself, not inherited from the broker or its defaults. */
  readonly own: boolean;
}

export interface TopicSettings {
  readonly topic: string;
  readonly errorCode: number;
  readonly settings: readonly TopicSetting[];
}

const SOURCE_TOPIC = 1;

export const describeTopicConfigs = (
  topics: readonly string[],
): Exchange<readonly TopicSettings[]> => ({
  apiKey: 32,
  apiVersion: 2,
  apiName: 'DescribeConfigs',
  write: (writer) =>
    writer
      .array(topics, (topic) => writer.int8(TOPIC_RESOURCE).string(topic).int32(-1))
      .boolean(false), // synonyms
  read(reader) {
    reader.int32(); // throttle time
    return reader.array(() => {
      const errorCode = reader.int16();
      reader.string(); // error message
      reader.int8(); // resource type
      const topic = reader.string() ?? '';
      const settings = reader.array(() => {
        const name = reader.string() ?? '';
        const value = reader.string();
        reader.boolean(); // read only
        const own = reader.int8() === SOURCE_TOPIC;
        reader.boolean(); // sensitive
        reader.array(() => [reader.string(), reader.string(), reader.int8()]); // synonyms
        return { name, value, own };
      });
      return { topic, errorCode, settings };
    });
  },
});

const SET = 0;

/** Changes the named settings and leaves the others; the older AlterConfigs would reset those. */
export const alterTopicConfig = (
  topic: string,
  config: Readonly<Record<string, string>>,
): Exchange<readonly TopicOutcome[]> => ({
  apiKey: 44,
  apiVersion: 0,
  apiName: 'IncrementalAlterConfigs',
  write: (writer) =>
    writer
      .array([topic], (name) =>
        writer
          .int8(TOPIC_RESOURCE)
          .string(name)
          .array(Object.entries(config), ([setting, value]) =>
            writer.string(setting).int8(SET).string(value),
          ),
      )
      .boolean(false), // validate only
  read(reader) {
    reader.int32(); // throttle time
    return reader.array(() => {
      const errorCode = reader.int16();
      const message = reader.string();
      reader.int8(); // resource type
      return { errorCode, message, topic: reader.string() ?? '' };
    });
  },
});

export interface RecordsBefore {
  readonly topic: string;
  readonly partition: number;
  /** The first offset that stays. */
  readonly offset: number;
}

/** Of partitions that one broker leads. */
export const deleteRecords = (
  before: readonly RecordsBefore[],
): Exchange<readonly { topic: string; partition: number; errorCode: number }[]> => ({
  apiKey: 21,
  apiVersion: 1,
  apiName: 'DeleteRecords',
  write: (writer) =>
    writer
      .array([...Map.groupBy(before, ({ topic }) => topic)], ([topic, partitions]) =>
        writer
          .string(topic)
          .array(partitions, ({ partition, offset }) => writer.int32(partition).int64(offset)),
      )
      .int32(CONTROLLER_TIMEOUT_MS),
  read(reader) {
    reader.int32(); // throttle time
    return reader
      .array(() => {
        const topic = reader.string() ?? '';
        return reader.array(() => {
          const partition = reader.int32();
          reader.bigint64(); // where the log begins now
          return { topic, partition, errorCode: reader.int16() };
        });
      })
      .flat();
  },
});
