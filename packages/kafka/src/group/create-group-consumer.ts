import { MillraceError } from '@millrace/contracts';
import { systemClock } from '@millrace/pipeline';
import { type Cluster, createCluster } from '../cluster/cluster.ts';
import { offsetsOf } from '../cluster/partition-offsets.ts';
import type { KafkaConnection } from '../connection.ts';
import type {
  AssignedPartition,
  GroupConsumer,
  GroupConsumerOptions,
  GroupHandlers,
} from '../group-consumer.ts';
import { leaveGroup } from '../messages/group-messages.ts';
import type { TopicPartition } from '../records.ts';
import { commitOffsets } from './commit-offsets.ts';
import { committedOffsets } from './committed-offsets.ts';
import { type Coordinator, createCoordinator } from './coordinator.ts';
import { createFetcher, type Fetcher } from './fetcher.ts';
import { beatUntilOver } from './heartbeat.ts';
import { countPartitions, joinUntilMember, type Membership } from './join-group.ts';

/**
 * A member of a consumer group: joins, keeps its place, reads, and hands over. Each generation is a
 * value of its own, made and thrown away as a whole, so that nothing of an old one can reach a handler
 * or a commit of the next (T7, T8).
 */
const FETCH_BYTES_MAX = 8 * 1024 * 1024;
const FETCH_BYTES_PER_PARTITION_MAX = 1024 * 1024;
const FETCH_WAIT_MS = 100;
const SESSION_TIMEOUT_MS = 10_000;
/** How long a rebalance waits for members to join again; joining waits for no work, so this is ample. */
const REBALANCE_TIMEOUT_MS = 30_000;
const HEARTBEAT_INTERVAL_MS = 500;
const TOPIC_WATCH_INTERVAL_MS = 5_000;

interface Generation {
  readonly membership: Membership;
  readonly ending: AbortController;
  fetcher: Fetcher | undefined;
}

const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}:${partition}`;

const describeAssignment = async (
  cluster: Cluster,
  { groupId, partitions }: Membership,
): Promise<readonly AssignedPartition[]> => {
  const { topics } = await cluster.refresh([...new Set(partitions.map((one) => one.topic))]);
  const topicIds = new Map(topics.map((one) => [one.topic, one.topicId]));
  const starts = await offsetsOf(cluster, partitions, 'start', 'read_committed');
  const committed = await committedOffsets(cluster, groupId, partitions);
  const committedBy = new Map(committed.map((one) => [keyOf(one), one]));
  return starts.map(({ topic, partition, offset: logStartOffset }) => {
    const found = committedBy.get(keyOf({ topic, partition }));
    const assigned = { topic, partition, topicId: topicIds.get(topic) ?? '', logStartOffset };
    if (found === undefined) return { ...assigned, startOffset: logStartOffset };
    const { offset, metadata } = found;
    return { ...assigned, startOffset: offset, committed: { offset, metadata } };
  });
};

/** Ends the leader's generation when topics appear or grow: the group is then dealt anew. */
const watchTopics = async (cluster: Cluster, membership: Membership, signal: AbortSignal) => {
  const { dealt } = membership;
  if (dealt === undefined) return new Promise<void>(() => undefined);
  for (;;) {
    await systemClock.sleep(TOPIC_WATCH_INTERVAL_MS, signal).catch(() => undefined);
    if (signal.aborted) return undefined;
    const counts = await countPartitions(cluster, [...dealt.keys()]).catch(() => dealt);
    if ([...counts].some(([topic, count]) => count > (dealt.get(topic) ?? 0))) return undefined;
  }
};

const leave = async (cluster: Cluster, groupId: string, memberId: string): Promise<void> => {
  if (memberId === '') return;
  // By the second connection: the first may be held by a join that waits for others.
  const nodeId = await cluster.coordinator('group', groupId);
  await cluster.send(nodeId, leaveGroup(groupId, memberId), 'fetch');
};

/** Opens no connection before `run`. */
export const createGroupConsumer = (
  connection: KafkaConnection,
  options: GroupConsumerOptions,
): GroupConsumer => {
  const { groupId, topics, sessionTimeoutMs = SESSION_TIMEOUT_MS } = options;
  const { logger } = connection;
  const cluster = createCluster(connection);
  const coordinator: Coordinator = createCoordinator(cluster, logger, groupId);
  const closing = new AbortController();
  const memberId = { current: '' };
  let current: Generation | undefined;
  let running: Promise<void> | undefined;
  let lastAssigned: Promise<unknown> = Promise.resolve();

  const read = async (handlers: GroupHandlers, generation: Generation): Promise<void> => {
    const { membership, ending } = generation;
    const { signal } = ending;
    const fetchOffsets = () =>
      coordinator.patiently(
        `reading the offsets of group ${groupId}`,
        () => describeAssignment(cluster, membership),
        signal,
      );
    const partitions = await fetchOffsets();
    await lastAssigned.catch(() => undefined);
    if (signal.aborted) return;
    const answering = handlers.assigned(partitions, membership.generation, fetchOffsets);
    lastAssigned = answering;
    const starts = await answering;
    if (signal.aborted) return;
    generation.fetcher = createFetcher({
      cluster,
      logger,
      fetchBytesMax: options.fetchBytesMax ?? FETCH_BYTES_MAX,
      fetchBytesPerPartitionMax: options.fetchBytesPerPartitionMax ?? FETCH_BYTES_PER_PARTITION_MAX,
      fetchWaitMs: options.fetchWaitMs ?? FETCH_WAIT_MS,
      signal,
      start: partitions.map((one) => ({
        topic: one.topic,
        topicId: one.topicId,
        partition: one.partition,
        offset: starts?.get(keyOf(one)) ?? one.startOffset,
      })),
      deliver(batch) {
        try {
          handlers.batch(batch, membership.generation);
        } catch (cause) {
          throw new MillraceError('kafka.handler-failed', `a handler of ${groupId} threw`, {
            cause,
          });
        }
      },
    });
    await Promise.race([generation.fetcher.finished, generation.fetcher.replaced]);
  };

  /** From the assignment to the end of the generation, whatever ends it. */
  const serve = async (handlers: GroupHandlers, generation: Generation): Promise<void> => {
    const { membership, ending } = generation;
    const { signal } = ending;
    const reading = read(handlers, generation).catch((error: unknown) => {
      // What an old generation's work comes to is of no interest any more.
      if (!signal.aborted) throw error;
    });
    try {
      await Promise.race([
        beatUntilOver(coordinator, logger, membership, {
          intervalMs: Math.min(HEARTBEAT_INTERVAL_MS, sessionTimeoutMs / 3),
          signal,
        }),
        watchTopics(cluster, membership, signal),
        // Ends by itself when a topic was replaced; then the group is joined, and everything read, anew.
        reading,
      ]);
    } finally {
      current = undefined;
      ending.abort();
      reading.catch(() => undefined);
      handlers.revoked();
    }
  };

  const live = async (handlers: GroupHandlers): Promise<void> => {
    while (!closing.signal.aborted) {
      const membership = await joinUntilMember({
        cluster,
        coordinator,
        groupId,
        topics,
        sessionTimeoutMs,
        rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS,
        memberId,
        signal: closing.signal,
      });
      if (closing.signal.aborted) return;
      const ending = new AbortController();
      current = { membership, ending, fetcher: undefined };
      closing.signal.addEventListener('abort', () => ending.abort(), { signal: ending.signal });
      await serve(handlers, current);
    }
  };

  const shutDown = async () => {
    if (closing.signal.aborted) return;
    closing.abort();
    await leave(cluster, groupId, memberId.current).catch((error: unknown) =>
      logger.warn({ err: error, groupId }, 'could not leave the group; it waits for the session'),
    );
    cluster.close();
  };

  return {
    run(handlers) {
      if (running !== undefined) throw new Error('run was called twice');
      running = live(handlers).catch(async (error: unknown) => {
        if (closing.signal.aborted) return;
        await shutDown();
        throw error;
      });
      return running;
    },
    pause: (partitions) => current?.fetcher?.pause(partitions),
    resume: (partitions, bytesMax) => current?.fetcher?.resume(partitions, bytesMax),
    finish: (partitions) => current?.fetcher?.finish(partitions),
    commit: (generation, commits) =>
      commitOffsets(coordinator, () => current?.membership, generation, commits),
    member() {
      const membership = current?.membership;
      return membership && { generation: membership.generation, memberId: membership.memberId };
    },
    async close() {
      await shutDown();
      await running?.catch(() => undefined);
    },
  };
};
