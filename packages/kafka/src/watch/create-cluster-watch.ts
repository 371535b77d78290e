import { type Cluster, createCluster } from '../cluster/cluster.ts';
import { isUnavailable, refused } from '../cluster/protocol-errors.ts';
import type {
  Boundary,
  ClusterWatch,
  PartitionLayout,
  RecordSight,
  WatchedGroup,
  WatchedMember,
} from '../cluster-watch.ts';
import type { KafkaConnection } from '../connection.ts';
import { decodeAssignment } from '../group/group-protocol.ts';
import { fetchRecords } from '../messages/fetch-messages.ts';
import {
  describeGroups,
  fetchGroupOffsets,
  type ListedMembers,
  listBoundaries,
  listGroups,
} from '../messages/watch-messages.ts';
import { byLeader, layOut } from './partition-layout.ts';
import { sightOf } from './sight-of.ts';

/** Bounds of one request: an answer of 10,000 partitions has 240 KB, one of 50 groups is as large as what they read. */
const PARTITIONS_MAX = 10_000;
const DESCRIBED_GROUPS_MAX = 100;
const COMMITTED_GROUPS_MAX = 50;
/** Of a look at records; a larger batch comes whole. */
const SIGHT_BYTES = 64 * 1024;

const membersOf = ({ protocolType, members }: ListedMembers): readonly WatchedMember[] =>
  members.map(({ memberId, clientId, host, assignment }) => ({
    ...{ memberId, clientId, host },
    partitions: protocolType === 'consumer' ? partitionsOf(assignment) : new Map(),
  }));

/** Nothing where a client of another make encodes it in a way of its own. */
const partitionsOf = (assignment: Buffer): ReadonlyMap<string, readonly number[]> => {
  const byTopic = new Map<string, number[]>();
  try {
    for (const { topic, partition } of decodeAssignment(assignment).partitions) {
      const own = byTopic.get(topic);
      if (own === undefined) byTopic.set(topic, [partition]);
      else own.push(partition);
    }
  } catch {
    return new Map();
  }
  return byTopic;
};

/**
 * Runs a request for each, side by side. Those whose broker is away are left out, unless all are: then it rejects with the
 * first failure.
 */
const askAll = async <T, R>(
  items: readonly T[],
  ask: (item: T) => Promise<R>,
): Promise<readonly R[]> => {
  const outcomes = await Promise.allSettled(items.map(ask));
  const answers: R[] = [];
  let failure: unknown;
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') answers.push(outcome.value);
    else if (!isUnavailable(outcome.reason)) throw outcome.reason;
    else failure ??= outcome.reason;
  }
  if (answers.length === 0 && failure !== undefined) throw failure;
  return answers;
};

const inPieces = (groups: readonly WatchedGroup[], size: number) =>
  [...Map.groupBy(groups, ({ nodeId }) => nodeId)].flatMap(([nodeId, own]) =>
    Array.from({ length: Math.ceil(own.length / size) }, (_, piece) => ({
      nodeId,
      groupIds: own.slice(piece * size, (piece + 1) * size).map(({ groupId }) => groupId),
    })),
  );

const readBoundaries = async (
  cluster: Cluster,
  layout: PartitionLayout,
  boundary: Boundary,
  into: Float64Array,
): Promise<{ readonly isStale: boolean }> => {
  into.fill(Number.NaN);
  let isStale = layout.leaders.includes(-1);
  const end = boundary === 'low' ? 'start' : 'end';
  const isolation = boundary === 'stable' ? 'read_committed' : 'read_uncommitted';
  const pieces = byLeader(layout, PARTITIONS_MAX);
  const answered = await askAll(pieces, ({ nodeId, topics }) =>
    cluster.send(
      nodeId,
      listBoundaries({ topics, end, isolation }, (topic) => {
        const { first } = layout.topics.get(topic)!;
        return (partition, errorCode, offset) => {
          if (errorCode === 0) into[first + partition] = offset;
          else isStale = true;
        };
      }),
    ),
  );
  return { isStale: isStale || answered.length < pieces.length };
};

const readSight = async (
  cluster: Cluster,
  layout: PartitionLayout,
  topic: string,
  partition: number,
  offset: number,
): Promise<RecordSight> => {
  const place = layout.topics.get(topic);
  const nodeId = place === undefined ? -1 : (layout.leaders[place.first + partition] ?? -1);
  // a fetch that the broker must refuse is in its log as an attempt
  if (place === undefined || nodeId < 0 || !place.mayRead) return { kind: 'unknown' };
  const position = { topicId: place.topicId, partition, offset, bytesMax: SIGHT_BYTES };
  const request = fetchRecords({
    ...{ positions: [position], isolation: 'read_committed', bytesMax: SIGHT_BYTES, waitMs: 0 },
  });
  try {
    const [answer] = await cluster.send(nodeId, request, 'fetch');
    if (answer?.errorCode !== 0) return { kind: 'unknown' };
    return sightOf(answer.batches, answer.aborted, offset);
  } catch (error) {
    if (isUnavailable(error)) return { kind: 'unknown' };
    throw error;
  }
};

/** Opens no connection before the first call. */
export const createClusterWatch = (connection: KafkaConnection): ClusterWatch => {
  const cluster = createCluster(connection);
  let brokers: readonly number[] = [];

  const layout = async (topics?: readonly string[]) => {
    const answer = await cluster.refresh(topics, true);
    brokers = answer.brokers.map(({ nodeId }) => nodeId);
    return layOut(answer.topics);
  };

  return {
    layout,
    boundaries: (of, boundary, into) => readBoundaries(cluster, of, boundary, into),
    async groups() {
      if (brokers.length === 0) await layout();
      const asked = brokers;
      const answers = await askAll(asked, async (nodeId) => ({
        ...(await cluster.send(nodeId, listGroups)),
        nodeId,
      }));
      const told = answers.filter(({ errorCode }) => errorCode === 0);
      const [first] = answers;
      if (told.length === 0 && first !== undefined)
        throw refused(first.errorCode, 'listing the groups');
      return {
        groups: told.flatMap(({ groups, nodeId }) => groups.map((one) => ({ ...one, nodeId }))),
        isWhole: told.length === asked.length,
      };
    },
    async members(groups) {
      const answers = await askAll(inPieces(groups, DESCRIBED_GROUPS_MAX), (piece) =>
        cluster.send(
          piece.nodeId,
          describeGroups(piece.groupIds, (group) => ({ ...group, members: membersOf(group) })),
        ),
      );
      const told = answers.flat().filter(({ errorCode }) => errorCode === 0);
      return new Map(told.map(({ groupId, members }) => [groupId, members]));
    },
    async committed(groups, take) {
      const answers = await askAll(inPieces(groups, COMMITTED_GROUPS_MAX), (piece) =>
        cluster.send(piece.nodeId, fetchGroupOffsets(piece.groupIds, take)),
      );
      const told = answers.flat().filter(({ errorCode }) => errorCode === 0);
      return new Set(told.map(({ groupId }) => groupId));
    },
    sight: (of, topic, partition, offset) => readSight(cluster, of, topic, partition, offset),
    close: () => cluster.close(),
  };
};
