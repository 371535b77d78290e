import type { Exchange } from '../cluster/exchange.ts';
import type { ByteReader } from '../wire/byte-reader.ts';
import type { Isolation } from './fetch-messages.ts';

/**
 * Much at once for whoever watches a cluster: answers are handed on field by field and not kept, so that tens of thousands
 * of partitions make no objects. What is asked of some topics or of one group is in `fetch-messages.ts`, `group-messages.ts`.
 * Source: https://kafka.apache.org/protocol#protocol_messages, KIP-709 (offsets of several groups)
 */
export interface TopicPartitions {
  readonly topic: string;
  readonly partitions: readonly number[];
}

export interface BoundaryQuery {
  readonly topics: readonly TopicPartitions[];
  readonly end: 'start' | 'end';
  readonly isolation: Isolation;
}

const ANY_REPLICA = -1;

/** `take` gets a topic and answers with what takes its partitions: number, error code, offset. */
export const listBoundaries = (
  query: BoundaryQuery,
  take: (topic: string) => (partition: number, errorCode: number, offset: number) => void,
): Exchange<void> => ({
  apiKey: 2,
  apiVersion: 2,
  apiName: 'ListOffsets',
  write: (writer) =>
    writer
      .int32(ANY_REPLICA)
      .int8(query.isolation === 'read_committed' ? 1 : 0)
      .array(query.topics, ({ topic, partitions }) =>
        writer.string(topic).array(partitions, (partition) =>
          // an int64 as two halves: no BigInt for each partition
          writer
            .int32(partition)
            .int32(-1)
            .int32(query.end === 'start' ? -2 : -1),
        ),
      ),
  read(reader) {
    reader.int32(); // throttle time
    for (let topics = reader.int32(); topics > 0; topics -= 1) {
      const takePartition = take(reader.string() ?? '');
      for (let partitions = reader.int32(); partitions > 0; partitions -= 1) {
        const partition = reader.int32();
        const errorCode = reader.int16();
        reader.skip(8); // timestamp
        takePartition(partition, errorCode, reader.int64());
      }
    }
  },
});

export interface ListedGroup {
  readonly groupId: string;
  readonly protocolType: string;
  readonly state: string;
}

/** The groups that the broker asked coordinates. */
export const listGroups: Exchange<{
  readonly errorCode: number;
  readonly groups: readonly ListedGroup[];
}> = {
  apiKey: 16,
  apiVersion: 4,
  apiName: 'ListGroups',
  flexible: true,
  write: (writer) => writer.compactArray([], () => undefined).noTags(), // in any state
  read(reader) {
    reader.int32(); // throttle time
    const errorCode = reader.int16();
    const groups = reader.compactArray(() => {
      const groupId = reader.compactString() ?? '';
      const protocolType = reader.compactString() ?? '';
      const state = reader.compactString() ?? '';
      reader.skipTags();
      return { groupId, protocolType, state };
    });
    return { errorCode, groups };
  },
};

export interface ListedMember {
  readonly memberId: string;
  readonly clientId: string;
  readonly host: string;
  /** What it was dealt, encoded as its protocol type says; valid until the answer has been read. */
  readonly assignment: Buffer;
}

export interface ListedMembers {
  readonly errorCode: number;
  readonly groupId: string;
  readonly protocolType: string;
  readonly members: readonly ListedMember[];
}

const noBytes = Buffer.alloc(0);

/** Members of several groups of one coordinator. `use` sees each group while the answer's bytes are there. */
export const describeGroups = <T>(
  groupIds: readonly string[],
  use: (group: ListedMembers) => T,
): Exchange<readonly T[]> => ({
  apiKey: 15,
  apiVersion: 1,
  apiName: 'DescribeGroups',
  write: (writer) => writer.array(groupIds, (groupId) => writer.string(groupId)),
  read(reader) {
    reader.int32(); // throttle time
    return reader.array(() => {
      const errorCode = reader.int16();
      const groupId = reader.string() ?? '';
      reader.string(); // state
      const protocolType = reader.string() ?? '';
      reader.string(); // protocol
      const members = reader.array(() => {
        const memberId = reader.string() ?? '';
        const clientId = reader.string() ?? '';
        const host = reader.string() ?? '';
        reader.bytes(); // subscription
        return { memberId, clientId, host, assignment: reader.bytes() ?? noBytes };
      });
      return use({ errorCode, groupId, protocolType, members });
    });
  },
});

const readGroupOffsets = (
  reader: ByteReader,
  take: (
    groupId: string,
    topic: string,
  ) => ((partition: number, offset: number) => void) | undefined,
): { readonly groupId: string; readonly errorCode: number } => {
  const groupId = reader.compactString() ?? '';
  for (let topics = reader.compactLength(); topics > 0; topics -= 1) {
    const takeOffset = take(groupId, reader.compactString() ?? '');
    for (let partitions = reader.compactLength(); partitions > 0; partitions -= 1) {
      const partition = reader.int32();
      const offset = reader.int64();
      reader.skip(4); // leader epoch
      reader.skip(reader.compactLength()); // metadata
      const errorCode = reader.int16();
      reader.skipTags();
      if (errorCode === 0 && offset >= 0) takeOffset?.(partition, offset);
    }
    reader.skipTags();
  }
  const errorCode = reader.int16();
  reader.skipTags();
  return { groupId, errorCode };
};

/**
 * Everything that these groups of one coordinator have committed; of a transaction that is open, what was before it.
 * `take` gets group and topic and answers with what takes its partitions.
 */
export const fetchGroupOffsets = (
  groupIds: readonly string[],
  take: (
    groupId: string,
    topic: string,
  ) => ((partition: number, offset: number) => void) | undefined,
): Exchange<readonly { readonly groupId: string; readonly errorCode: number }[]> => ({
  apiKey: 9,
  apiVersion: 8,
  apiName: 'OffsetFetch',
  flexible: true,
  write: (writer) =>
    writer
      .compactArray(groupIds, (groupId) => writer.compactString(groupId).compactNull().noTags())
      .boolean(false) // as committed now, though a transaction may be about to change it
      .noTags(),
  read(reader) {
    reader.int32(); // throttle time
    return reader.compactArray(() => readGroupOffsets(reader, take));
  },
});
