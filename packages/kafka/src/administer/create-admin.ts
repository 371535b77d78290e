import { MillraceError } from '@millrace/contracts';
import { systemClock } from '@millrace/pipeline';
import type { Admin, TopicSpec, TopicState } from '../admin.ts';
import { type Cluster, createCluster } from '../cluster/cluster.ts';
import type { Exchange } from '../cluster/exchange.ts';
import { offsetsOf } from '../cluster/partition-offsets.ts';
import { ERROR, errorName, refused } from '../cluster/protocol-errors.ts';
import { retryUnavailable } from '../cluster/retry.ts';
import type { KafkaConnection } from '../connection.ts';
import { committedOffsets } from '../group/committed-offsets.ts';
import { createCoordinator } from '../group/coordinator.ts';
import {
  alterTopicConfig,
  createPartitions,
  createTopics,
  deleteTopics,
  describeTopicConfigs,
  type TopicOutcome,
} from '../messages/admin-messages.ts';
import type { TopicMetadata } from '../messages/cluster-messages.ts';
import { deleteRecordsBefore } from './delete-records.ts';
import { commitWithoutMembers, deleteGroup, groupMembers } from './groups.ts';

/**
 * Topics, their settings and offsets. Every call waits until the cluster shows what it asked for, so that
 * the next one can rely on it; none runs longer than half a minute.
 */
const CALL_TIMEOUT_MS = 30_000;
/** A broker shows what the controller has taken within a fraction of this. */
const SETTINGS_SHOWN_MS_MAX = 5_000;
const SETTINGS_PAUSE_MS = 20;
const NOT_CONTROLLER = 41;
const INVALID_REPLICATION_FACTOR = 38;

/**
 * The controller moves, or it fences every broker: one that has just started, or whose heartbeats are late, gets no
 * partition. The code for the latter is that of a replication factor that is too large; only the message tells them apart.
 */
const passesByItself = ({ errorCode, message }: TopicOutcome): boolean =>
  errorCode === NOT_CONTROLLER ||
  (errorCode === INVALID_REPLICATION_FACTOR && /currently fenced/.test(message ?? ''));

const hasLeaders = (topic: TopicMetadata, partitions: number): boolean =>
  topic.errorCode === ERROR.none &&
  topic.partitions.length >= partitions &&
  topic.partitions.every((one) => one.leader >= 0);

const unavailable = (message: string) =>
  new MillraceError('kafka.unavailable', message, { retryable: true });

const createControllerCalls = (cluster: Cluster) => {
  /** To the controller; with KRaft any broker forwards, so the one that metadata names will do. */
  const call = async (
    doing: string,
    exchange: Exchange<readonly TopicOutcome[]>,
    accepted: readonly number[] = [],
  ): Promise<readonly TopicOutcome[]> => {
    const { controllerId } = await cluster.refresh([]);
    const outcomes = await cluster.send(controllerId, exchange);
    for (const outcome of outcomes) {
      const { topic, errorCode, message } = outcome;
      if (errorCode === ERROR.none || accepted.includes(errorCode)) continue;
      if (passesByItself(outcome))
        throw unavailable(`${doing}: ${message ?? errorName(errorCode)}`);
      if (errorCode === ERROR.unknownTopicOrPartition) {
        throw new MillraceError('kafka.unknown-topic', `there is no topic ${topic}`);
      }
      throw refused(errorCode, `${doing} ${topic}${message === null ? '' : ` (${message})`}`);
    }
    return outcomes;
  };

  /** Resolves when metadata shows every topic in the state wanted. */
  const settle = async (
    names: readonly string[],
    isSettled: (topic: TopicMetadata) => boolean,
    waitingFor: string,
  ) => {
    if (names.length === 0) return;
    const { topics } = await cluster.refresh(names);
    const open = topics.filter((topic) => !isSettled(topic)).map((topic) => topic.topic);
    if (open.length > 0) throw unavailable(`${waitingFor}: ${open.join(', ')}`);
  };
  return { call, settle };
};

const describe = async (cluster: Cluster, names: readonly string[]): Promise<TopicState[]> => {
  if (names.length === 0) return [];
  const { topics } = await cluster.refresh(names);
  const existing = topics.filter((topic) => topic.errorCode === ERROR.none);
  if (existing.length === 0) return [];
  const configs = await cluster.sendToAny(
    describeTopicConfigs(existing.map((topic) => topic.topic)),
  );
  const settingsOf = new Map(configs.map((config) => [config.topic, config]));
  return existing.map((topic) => {
    const { errorCode, settings } = settingsOf.get(topic.topic)!;
    if (errorCode !== ERROR.none) throw refused(errorCode, `describing ${topic.topic}`);
    const own = settings.filter((setting) => setting.own && setting.value !== null);
    return {
      name: topic.topic,
      partitions: topic.partitions.length,
      replicationFactor: topic.partitions[0]?.replicas.length ?? 0,
      config: Object.fromEntries(own.map((setting) => [setting.name, setting.value!])),
    };
  });
};

/** Opens no connection before the first call; calls reject with `kafka.unavailable` after half a minute. */
export const createAdmin = (connection: KafkaConnection): Admin => {
  const cluster = createCluster(connection);
  const { call, settle } = createControllerCalls(cluster);
  const retrying = <T>(operation: () => Promise<T>): Promise<T> =>
    retryUnavailable(operation, { deadlineMs: systemClock.nowMs() + CALL_TIMEOUT_MS });

  const topicsNow = async (names: readonly string[]): Promise<readonly TopicMetadata[]> => {
    if (names.length === 0) return [];
    const { topics } = await cluster.refresh(names);
    return names.map((topic) => {
      const found = topics.find((one) => one.topic === topic);
      if (found === undefined || found.errorCode === ERROR.unknownTopicOrPartition) {
        throw new MillraceError('kafka.unknown-topic', `there is no topic ${topic}`);
      }
      if (found.errorCode !== ERROR.none) throw refused(found.errorCode, `metadata of ${topic}`);
      return found;
    });
  };
  const topicNow = async (topic: string) => (await topicsNow([topic]))[0]!;
  const partitionsOf = async (names: readonly string[]) =>
    (await topicsNow(names)).flatMap(({ topic, partitions }) =>
      partitions.map(({ partition }) => ({ topic, partition })),
    );

  const createMissing = async (specs: readonly TopicSpec[]): Promise<readonly string[]> => {
    if (specs.length === 0) return [];
    // A repeated try may find topics that the try before it created: they count as created.
    const created = new Set<string>();
    // Somebody else may have made it a moment before: that it exists is known to the controller before its brokers tell of it.
    const awaited = new Set<string>();
    const sizes = new Map(specs.map((spec) => [spec.name, spec.partitions]));
    let tried = false;
    await retrying(async () => {
      const { topics } = await cluster.refresh([...sizes.keys()]);
      const existing = new Set(
        topics.filter((topic) => topic.errorCode === ERROR.none).map((topic) => topic.topic),
      );
      const missing = specs.filter((spec) => !existing.has(spec.name));
      for (const { name } of missing) awaited.add(name);
      if (missing.length > 0) {
        const before = tried;
        tried = true;
        const outcomes = await call('creating', createTopics(missing), [ERROR.topicAlreadyExists]);
        for (const { topic, errorCode } of outcomes) {
          if (errorCode === ERROR.none || before) created.add(topic);
        }
      }
    });
    await retrying(() =>
      settle(
        [...awaited],
        // Another's may have other partitions than are asked for here.
        (topic) => hasLeaders(topic, created.has(topic.topic) ? sizes.get(topic.topic)! : 1),
        'no leader yet',
      ),
    );
    return [...created];
  };

  return {
    createTopics: createMissing,
    describeTopics: (names) => retrying(() => describe(cluster, names)),
    async alterTopicConfig(name, config) {
      const now = () => retrying(async () => (await describe(cluster, [name]))[0]?.config ?? {});
      const before = await now();
      await retrying(async () => {
        await call('changing settings of', alterTopicConfig(name, config));
      });
      // The controller has them. Others may have set theirs since: then ours are never shown.
      const shownByMs = systemClock.nowMs() + SETTINGS_SHOWN_MS_MAX;
      for (let isShown = false; !isShown && systemClock.nowMs() < shownByMs; ) {
        const after = await now();
        isShown = Object.entries(config).every(
          ([key, value]) => after[key] === value || after[key] !== before[key],
        );
        if (!isShown) await systemClock.sleep(SETTINGS_PAUSE_MS);
      }
    },
    async addPartitions(name, partitions) {
      await retrying(async () => {
        const current = await partitionsOf([name]);
        if (current.length !== partitions) {
          await call('adding partitions to', createPartitions(name, partitions));
        }
      });
      await retrying(() =>
        settle([name], (topic) => hasLeaders(topic, partitions), 'no leader yet'),
      );
    },
    listTopics: () =>
      retrying(async () => {
        const { topics } = await cluster.refresh(undefined);
        return topics.map((topic) => topic.topic).sort();
      }),
    async deleteTopics(names) {
      const gone = [ERROR.unknownTopicOrPartition];
      await retrying(() => call('deleting', deleteTopics(names), gone));
      await retrying(() =>
        settle(names, (topic) => topic.errorCode === ERROR.unknownTopicOrPartition, 'not gone yet'),
      );
    },
    partitionOffsets: (topic) =>
      retrying(async () => {
        const partitions = await partitionsOf([topic]);
        const [low, high, stable] = await Promise.all([
          offsetsOf(cluster, partitions, 'start', 'read_uncommitted'),
          offsetsOf(cluster, partitions, 'end', 'read_uncommitted'),
          offsetsOf(cluster, partitions, 'end', 'read_committed'),
        ]);
        const highs = new Map(high.map((one) => [one.partition, one.offset]));
        const stables = new Map(stable.map((one) => [one.partition, one.offset]));
        return low
          .map(({ partition, offset }) => ({
            topic,
            partition,
            low: offset,
            high: highs.get(partition)!,
            stable: stables.get(partition)!,
          }))
          .sort((a, b) => a.partition - b.partition);
      }),
    deleteRecords: (before) => retrying(() => deleteRecordsBefore(cluster, before)),
    topicId: (topic) => retrying(async () => (await topicNow(topic)).topicId),
    offsetsAt: (topic, atMs) =>
      retrying(async () => {
        const partitions = await partitionsOf([topic]);
        const [found, ends] = await Promise.all([
          offsetsOf(cluster, partitions, { atMs }, 'read_committed'),
          offsetsOf(cluster, partitions, 'end', 'read_committed'),
        ]);
        const endOf = new Map(ends.map((one) => [one.partition, one.offset]));
        return found
          .map(({ partition, offset }) => ({
            topic,
            partition,
            offset: offset < 0 ? endOf.get(partition)! : offset,
          }))
          .sort((a, b) => a.partition - b.partition);
      }),
    commitOffsets: (groupId, offsets) =>
      retrying(() =>
        commitWithoutMembers(
          createCoordinator(cluster, connection.logger, groupId),
          groupId,
          offsets,
        ),
      ),
    groupMembers: (groupId) =>
      retrying(() => groupMembers(createCoordinator(cluster, connection.logger, groupId), groupId)),
    deleteGroup: (groupId) =>
      retrying(() => deleteGroup(createCoordinator(cluster, connection.logger, groupId), groupId)),
    committedOffsets: (groupId, topics, partition) =>
      retrying(async () => {
        const partitions =
          partition === undefined
            ? await partitionsOf(topics)
            : topics.map((topic) => ({ topic, partition }));
        return committedOffsets(cluster, groupId, partitions);
      }),
    clusterId: () =>
      retrying(async () => {
        const { clusterId } = await cluster.refresh([]);
        if (clusterId === null) throw unavailable('the cluster gives no id');
        return clusterId;
      }),
    close: async () => cluster.close(),
  };
};
