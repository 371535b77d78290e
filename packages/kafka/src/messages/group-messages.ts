import type { Exchange } from '../cluster/exchange.ts';

/**
 * Membership of a consumer group and its committed offsets (the classic group protocol).
 * Source: https://kafka.apache.org/protocol#protocol_messages, https://cwiki.apache.org/confluence/display/KAFKA/KIP-447
 */
export interface GroupMember {
  readonly groupId: string;
  readonly generation: number;
  readonly memberId: string;
  /** Of a static member (KIP-345): stays over restarts of its process. */
  readonly instanceId?: string;
}

export interface JoinGroupRequest {
  readonly groupId: string;
  readonly memberId: string;
  readonly instanceId?: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /** In order of preference; the coordinator takes one that every member offers. */
  readonly protocols: readonly { readonly name: string; readonly subscription: Buffer }[];
}

export interface JoinGroupResponse {
  readonly errorCode: number;
  readonly generation: number;
  /** Which of the protocols offered the group speaks. */
  readonly protocolName: string;
  readonly leaderId: string;
  readonly memberId: string;
  /** Every member's subscription; for the leader only. */
  readonly members: readonly {
    readonly memberId: string;
    readonly instanceId: string | null;
    readonly subscription: Buffer;
  }[];
}

const noBytes = Buffer.alloc(0);

export const joinGroup = (request: JoinGroupRequest): Exchange<JoinGroupResponse> => ({
  apiKey: 11,
  apiVersion: 5,
  apiName: 'JoinGroup',
  timeoutMs: request.rebalanceTimeoutMs + 5_000,
  write: (writer) =>
    writer
      .string(request.groupId)
      .int32(request.sessionTimeoutMs)
      .int32(request.rebalanceTimeoutMs)
      .string(request.memberId)
      .string(request.instanceId ?? null)
      .string('consumer')
      .array(request.protocols, ({ name, subscription }) =>
        writer.string(name).bytes(subscription),
      ),
  read(reader) {
    reader.int32(); // throttle time
    const errorCode = reader.int16();
    const generation = reader.int32();
    const protocolName = reader.string() ?? '';
    const leaderId = reader.string() ?? '';
    const memberId = reader.string() ?? '';
    const members = reader.array(() => {
      const member = { memberId: reader.string() ?? '', instanceId: reader.string() };
      return { ...member, subscription: reader.bytes() ?? noBytes };
    });
    return { errorCode, generation, protocolName, leaderId, memberId, members };
  },
});

export const syncGroup = (
  member: GroupMember,
  assignments: readonly { readonly memberId: string; readonly assignment: Buffer }[],
  timeoutMs: number,
): Exchange<{ readonly errorCode: number; readonly assignment: Buffer }> => ({
  apiKey: 14,
  apiVersion: 3,
  apiName: 'SyncGroup',
  timeoutMs,
  write: (writer) =>
    writer
      .string(member.groupId)
      .int32(member.generation)
      .string(member.memberId)
      .string(member.instanceId ?? null)
      .array(assignments, (one) => writer.string(one.memberId).bytes(one.assignment)),
  read(reader) {
    reader.int32(); // throttle time
    return { errorCode: reader.int16(), assignment: reader.bytes() ?? noBytes };
  },
});

export const heartbeat = (member: GroupMember): Exchange<{ readonly errorCode: number }> => ({
  apiKey: 12,
  apiVersion: 3,
  apiName: 'Heartbeat',
  write: (writer) =>
    writer
      .string(member.groupId)
      .int32(member.generation)
      .string(member.memberId)
      .string(member.instanceId ?? null),
  read(reader) {
    reader.int32(); // throttle time
    return { errorCode: reader.int16() };
  },
});

export const leaveGroup = (
  groupId: string,
  memberId: string,
): Exchange<{ readonly errorCode: number }> => ({
  apiKey: 13,
  apiVersion: 2,
  apiName: 'LeaveGroup',
  write: (writer) => writer.string(groupId).string(memberId),
  read(reader) {
    reader.int32(); // throttle time
    return { errorCode: reader.int16() };
  },
});

/** Ends memberships of others, too, as far as they still exist; answers an error code for each, in their order. */
export const removeMembers = (
  groupId: string,
  memberIds: readonly string[],
): Exchange<{ readonly errorCode: number; readonly members: readonly number[] }> => ({
  apiKey: 13,
  apiVersion: 3,
  apiName: 'LeaveGroup',
  write: (writer) =>
    writer.string(groupId).array(memberIds, (memberId) => writer.string(memberId).string(null)),
  read(reader) {
    reader.int32(); // throttle time
    const errorCode = reader.int16();
    const members = reader.array(() => {
      reader.string(); // member id
      reader.string(); // instance id
      return reader.int16();
    });
    return { errorCode, members };
  },
});

export interface CommittedOffset {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly metadata: string;
}

export interface PartitionOutcome {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
}

export const offsetCommit = (
  member: GroupMember,
  offsets: readonly CommittedOffset[],
): Exchange<readonly PartitionOutcome[]> => ({
  apiKey: 8,
  apiVersion: 5,
  apiName: 'OffsetCommit',
  write: (writer) =>
    writer
      .string(member.groupId)
      .int32(member.generation)
      .string(member.memberId)
      .array([...Map.groupBy(offsets, (one) => one.topic)], ([topic, partitions]) =>
        writer
          .string(topic)
          .array(partitions, ({ partition, offset, metadata }) =>
            writer.int32(partition).int64(offset).string(metadata),
          ),
      ),
  read(reader) {
    reader.int32(); // throttle time
    return reader
      .array(() => {
        const topic = reader.string() ?? '';
        return reader.array(() => ({
          topic,
          partition: reader.int32(),
          errorCode: reader.int16(),
        }));
      })
      .flat();
  },
});

export interface OffsetFetchResponse {
  readonly errorCode: number;
  readonly offsets: readonly (CommittedOffset & { readonly errorCode: number })[];
}

/**
 * Offset -1: never committed. With offsets of an open transaction pending, the broker answers
 * UNSTABLE_OFFSET_COMMIT instead of an offset that is about to change (KIP-447).
 */
export const offsetFetch = (
  groupId: string,
  partitions: readonly { readonly topic: string; readonly partition: number }[],
): Exchange<OffsetFetchResponse> => ({
  apiKey: 9,
  apiVersion: 7,
  apiName: 'OffsetFetch',
  flexible: true,
  write: (writer) =>
    writer
      .compactString(groupId)
      .compactArray([...Map.groupBy(partitions, (one) => one.topic)], ([topic, ofTopic]) =>
        writer
          .compactString(topic)
          .compactArray(ofTopic, ({ partition }) => writer.int32(partition))
          .noTags(),
      )
      .boolean(true) // require stable
      .noTags(),
  read(reader) {
    reader.int32(); // throttle time
    const offsets = reader
      .compactArray(() => {
        const topic = reader.compactString() ?? '';
        const ofTopic = reader.compactArray(() => {
          const partition = reader.int32();
          const offset = reader.int64();
          reader.int32(); // leader epoch
          const metadata = reader.compactString() ?? '';
          const errorCode = reader.int16();
          reader.skipTags();
          return { topic, partition, offset, metadata, errorCode };
        });
        reader.skipTags();
        return ofTopic;
      })
      .flat();
    return { errorCode: reader.int16(), offsets };
  },
});

/** A member as the coordinator sees it. */
export interface DescribedMember {
  readonly memberId: string;
  readonly clientId: string;
  /** Where it connects from, e.g. `/10.0.0.7`. */
  readonly host: string;
  /** What it said when it joined, encoded; empty while the group is dealt anew. */
  readonly subscription: Buffer;
  /** What it was dealt, encoded; empty while the group is dealt anew. */
  readonly assignment: Buffer;
}

/** A group that does not exist is answered as one without members. */
export const describeGroup = (
  groupId: string,
): Exchange<{ readonly errorCode: number; readonly members: readonly DescribedMember[] }> => ({
  apiKey: 15,
  apiVersion: 1,
  apiName: 'DescribeGroups',
  write: (writer) => writer.array([groupId], (id) => writer.string(id)),
  read(reader) {
    reader.int32(); // throttle time
    const [group] = reader.array(() => {
      const errorCode = reader.int16();
      for (let i = 0; i < 4; i += 1) reader.string(); // group, its state, protocol type, protocol
      const members = reader.array(() => {
        const memberId = reader.string() ?? '';
        const clientId = reader.string() ?? '';
        const host = reader.string() ?? '';
        // The answer's bytes are used again.
        const subscription = Buffer.from(reader.bytes() ?? []);
        const assignment = Buffer.from(reader.bytes() ?? []);
        return { memberId, clientId, host, subscription, assignment };
      });
      return { errorCode, members };
    });
    return group!;
  },
});

/** Groups with members are refused (NON_EMPTY_GROUP). */
export const deleteGroups = (
  groupIds: readonly string[],
): Exchange<readonly { readonly groupId: string; readonly errorCode: number }[]> => ({
  apiKey: 42,
  apiVersion: 1,
  apiName: 'DeleteGroups',
  write: (writer) => writer.array(groupIds, (groupId) => writer.string(groupId)),
  read(reader) {
    reader.int32(); // throttle time
    return reader.array(() => ({ groupId: reader.string() ?? '', errorCode: reader.int16() }));
  },
});
