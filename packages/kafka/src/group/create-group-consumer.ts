import { MillraceError } from '@millrace/contracts';
import { systemClock } from '@millrace/pipeline';
import type { Assignor } from '../assignor.ts';
import { type Cluster, createCluster } from '../cluster/cluster.ts';
import type { KafkaConnection } from '../connection.ts';
import type { GroupConsumer, GroupConsumerOptions, GroupHandlers } from '../group-consumer.ts';
import { leaveGroup } from '../messages/group-messages.ts';
import { createFetcher, type Fetcher } from '../read/fetcher.ts';
import type { TopicPartition } from '../records.ts';
import { alignedAssignor } from './aligned-assignor.ts';
import { commitOffsets, notCommitted } from './commit-offsets.ts';
import { type Coordinator, createCoordinator } from './coordinator.ts';
import { describePartitions } from './describe-partitions.ts';
import { createHandOver, type HandOver } from './hand-over.ts';
import { beatUntilOver, type GenerationEnd } from './heartbeat.ts';
import { createHoldings, keyOf } from './holdings.ts';
import { countPartitions, joinUntilMember, type Membership } from './join-group.ts';
import { evictDead } from './peers/evict-dead.ts';
import { evictPredecessors } from './peers/evict-predecessors.ts';
import type { Peer, PeerAddress } from './peers/peer.ts';
import { createStickyAssignor } from './sticky/create-sticky-assignor.ts';

/**
 * A member of a consumer group: joins, keeps its place, reads, and hands over. Partitions that stay over a
 * rebalance are not touched by it; one that goes takes all that was begun for it along, so that nothing of
 * it can reach a handler or a commit any more (T7, T8).
 */
const FETCH_BYTES_MAX = 8 * 1024 * 1024;
const FETCH_BYTES_PER_PARTITION_MAX = 1024 * 1024;
const FETCH_WAIT_MS = 100;
const SESSION_TIMEOUT_MS = 10_000;
/** How long a rebalance waits for members to join again; joining waits for no work, so this is ample. */
const REBALANCE_TIMEOUT_MS = 30_000;
const HEARTBEAT_INTERVAL_MS = 500;
const TOPIC_WATCH_INTERVAL_MS = 5_000;

/** Resolves when topics appear or grow, for the group is then to be dealt anew. */
const watchTopics = async (
  cluster: Cluster,
  { dealt }: Membership,
  signal: AbortSignal,
): Promise<GenerationEnd> => {
  if (dealt === undefined) return new Promise(() => undefined);
  for (;;) {
    await systemClock.sleep(TOPIC_WATCH_INTERVAL_MS, signal).catch(() => undefined);
    if (signal.aborted) return 'aborted';
    const counts = await countPartitions(cluster, [...dealt.keys()]).catch(() => dealt);
    if ([...counts].some(([topic, count]) => count > (dealt.get(topic) ?? 0))) return 'rebalancing';
  }
};

const leave = async (cluster: Cluster, groupId: string, memberId: string): Promise<void> => {
  if (memberId === '') return;
  const nodeId = await cluster.coordinator('group', groupId);
  await cluster.send(nodeId, leaveGroup(groupId, memberId));
};

/**
 * Whether the member knows of all that was dealt since: a generation that it missed may have given its
 * partitions to another, who worked on them, and back again.
 */
const isNext = (before: Membership | undefined, { generation }: Membership): boolean =>
  before !== undefined && [0, 1].includes(generation - before.generation);

/** Whose life the leader has this member watch. Words that cannot be read give nobody: it is watched less, not ended. */
const watchedBy = (
  assignors: readonly Assignor[],
  { protocolName, userData }: Membership,
): readonly Peer[] => {
  try {
    return assignors.find(({ name }) => name === protocolName)?.peersOf?.(userData) ?? [];
  } catch {
    return [];
  }
};

/** Opens no connection before `run`. */
export const createGroupConsumer = (
  connection: KafkaConnection,
  options: GroupConsumerOptions,
): GroupConsumer => {
  const { groupId, topics, instanceId, sessionTimeoutMs = SESSION_TIMEOUT_MS } = options;
  const { logger } = connection;
  const cluster = createCluster(connection);
  const coordinator: Coordinator = createCoordinator(cluster, logger, groupId);
  const closing = new AbortController();
  const holdings = createHoldings();
  const memberId = { current: '' };
  const assignors = options.assignors ?? [createStickyAssignor(), alignedAssignor];
  let membership: Membership | undefined;
  let fetcher: Fetcher | undefined;
  let running: Promise<void> | undefined;
  let rejoining = Promise.withResolvers<GenerationEnd>();
  /** The generation in which this member is, until it is known to be over. */
  let serving: number | undefined;

  /** Known without a heartbeat; passed on, since not every member watches every other. */
  const over = (generation: number) => {
    if (serving !== generation) return;
    serving = undefined;
    peers?.tell(generation);
    rejoining.resolve('rebalancing');
  };
  const evicting = {
    ...{ coordinator, groupId, logger, assignors, signal: closing.signal },
    evicted: (members: number) => options.peers?.evicted(members),
  };
  const bury = async (peer: Peer) => {
    const generation = membership?.generation ?? -1;
    const came = await evictDead(peer, evicting);
    if (came === 'evicted') over(serving ?? -1);
    if (came === 'gone') over(generation);
  };
  const peers = options.peers?.join(groupId, { over, died: (peer) => void bury(peer) });

  const lose = (handlers: GroupHandlers, partitions: readonly TopicPartition[]) => {
    fetcher?.remove(partitions);
    const told = holdings.drop(partitions).filter((one) => one.term !== undefined);
    if (told.length > 0) {
      handlers.revoked(told.map(({ topic, partition }) => ({ topic, partition })));
    }
  };
  const loseAll = (handlers: GroupHandlers) => {
    membership = undefined;
    lose(handlers, holdings.all());
  };

  const openFetcher = (handlers: GroupHandlers): Fetcher =>
    createFetcher({
      ...{ cluster, logger, isolation: 'read_committed', signal: closing.signal },
      fetchBytesMax: options.fetchBytesMax ?? FETCH_BYTES_MAX,
      fetchBytesPerPartitionMax: options.fetchBytesPerPartitionMax ?? FETCH_BYTES_PER_PARTITION_MAX,
      fetchWaitMs: options.fetchWaitMs ?? FETCH_WAIT_MS,
      deliver(batch) {
        try {
          handlers.batch(batch);
        } catch (cause) {
          throw new MillraceError('kafka.handler-failed', `a handler of ${groupId} threw`, {
            cause,
          });
        }
      },
      replaced(partitions) {
        lose(handlers, partitions);
        rejoining.resolve('rebalancing');
      },
      async outOfRange({ topic, partition }, offset) {
        // Never reset: what lies between was not read, and a person must know (T5).
        throw new MillraceError(
          'kafka.offset-out-of-range',
          `${topic}-${partition} does not hold offset ${offset}`,
        );
      },
    });

  const join = (handlers: GroupHandlers): Promise<Membership> => {
    rejoining = Promise.withResolvers();
    return joinUntilMember({
      ...{ cluster, coordinator, groupId, topics, sessionTimeoutMs, memberId },
      ...(instanceId !== undefined && { instanceId }),
      assignors,
      rebalanceTimeoutMs: REBALANCE_TIMEOUT_MS,
      claims: () => ({
        owned: membership?.partitions ?? [],
        generation: membership?.generation ?? -1,
      }),
      ...(options.peers && {
        peer: async () => options.peers!.address(await coordinator.localAddress()),
        joining: (self: PeerAddress) => evictPredecessors(self, evicting),
      }),
      forgotten: () => loseAll(handlers),
      signal: closing.signal,
    });
  };

  /** From the assignment to the end of the generation, whatever ends it. */
  const serve = async (generation: Membership, failure: Promise<never>): Promise<GenerationEnd> => {
    const ending = new AbortController();
    const { signal } = ending;
    closing.signal.addEventListener('abort', () => ending.abort(), { signal });
    const intervalMs = Math.min(HEARTBEAT_INTERVAL_MS, sessionTimeoutMs / 3);
    const beating = beatUntilOver(coordinator, logger, generation, { intervalMs, signal });
    serving = generation.generation;
    peers?.watch(watchedBy(assignors, generation));
    try {
      return await Promise.race([
        beating.then((end) => {
          if (end === 'rebalancing') over(generation.generation);
          return end;
        }),
        watchTopics(cluster, generation, signal),
        rejoining.promise,
        failure,
      ]);
    } finally {
      serving = undefined;
      ending.abort();
    }
  };

  const live = async (handlers: GroupHandlers): Promise<void> => {
    const failure = Promise.withResolvers<never>();
    failure.promise.catch(() => undefined);
    fetcher = openFetcher(handlers);
    fetcher.finished.catch(failure.reject);
    const handOver: HandOver = createHandOver({
      ...{ holdings, handlers, failed: failure.reject },
      describe: (partitions, signal) =>
        coordinator.patiently(
          `reading the offsets of group ${groupId}`,
          () => describePartitions(cluster, groupId, partitions),
          AbortSignal.any([signal, closing.signal]),
        ),
      topicId: async (topic) => (await cluster.topic(topic))?.topicId ?? '',
      begin: (start) => fetcher!.add([start]),
    });
    try {
      while (!closing.signal.aborted) {
        const joined = await Promise.race([join(handlers), failure.promise]);
        if (closing.signal.aborted) return;
        if (!isNext(membership, joined)) loseAll(handlers);
        const dealt = new Set(joined.partitions.map(keyOf));
        lose(
          handlers,
          holdings.all().filter((one) => !dealt.has(keyOf(one))),
        );
        membership = joined;
        holdings.hold(joined.partitions);
        handOver.assigned(joined);
        const end = await serve(joined, failure.promise);
        if (end === 'forgotten') loseAll(handlers);
      }
    } finally {
      loseAll(handlers);
    }
  };

  const shutDown = async () => {
    if (closing.signal.aborted) return;
    const generation = membership?.generation;
    closing.abort();
    if (instanceId === undefined) {
      await leave(cluster, groupId, memberId.current).then(
        () => generation === undefined || peers?.tell(generation),
        (error: unknown) =>
          logger.warn(
            { err: error, groupId },
            'could not leave the group; it waits for the session',
          ),
      );
    }
    peers?.leave();
    cluster.close();
  };

  /** This member, when it has owned all of it since the term began. */
  const ownerOf = (term: number, partitions: readonly TopicPartition[]): Membership => {
    for (const one of partitions) {
      if (holdings.find(one)?.term?.id === term) continue;
      throw notCommitted(`${one.topic}-${one.partition} is not owned since term ${term}`);
    }
    if (membership === undefined) throw notCommitted('the member is out of the group');
    return membership;
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
    pause: (partitions) => fetcher?.pause(partitions),
    resume: (partitions, bytesMax) => fetcher?.resume(partitions, bytesMax),
    finish: (partitions) => fetcher?.remove(partitions),
    commit: (term, commits) => commitOffsets(coordinator, () => ownerOf(term, commits), commits),
    rejoin: () => rejoining.resolve('rebalancing'),
    member: () =>
      membership && { generation: membership.generation, memberId: membership.memberId },
    async close() {
      await shutDown();
      await running?.catch(() => undefined);
    },
  };
};
