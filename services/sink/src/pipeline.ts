/**
 * The flow of the sink, top to bottom: read → buffer by partition → claim → insert → (isolate what is
 * refused | compare with the table) → dead letters and offset. The order and its exceptions are
 * `claims/protocol.ts`; this file builds the parts and runs them.
 */
import { createRegistryClient } from '@millrace/avro';
import { createClickHouse } from '@millrace/clickhouse';
import {
  deadRefusedAgainTopicSettings,
  deadTopicSettings,
  hasWarehouse,
  MillraceError,
  topicConfig,
  type WarehouseContract,
} from '@millrace/contracts';
import { createFloodControl, floodLimits } from '@millrace/dead-letters';
import {
  type AssignedPartition,
  createAdmin,
  createGroupConsumer,
  createPeers,
  type KafkaConnection,
  kafkaConnection,
} from '@millrace/kafka';
import { type ConfigOf, loadProject, type RunningService, type Runtime } from '@millrace/runtime';
import type { config } from './config.ts';
import { type HeldStreams, holdStreams, holdsNothing } from './lanes/hold-streams.ts';
import { createInsertBudget } from './lanes/insert-budget.ts';
import type { TopicEnvironment } from './lanes/lane-environment.ts';
import { createLanes, type Lanes } from './lanes/lanes.ts';
import { createSinkMetrics, type SinkMetrics } from './metrics.ts';
import { createDeadLetterOutput } from './outputs.ts';
import { probeShare } from './probes/probe-share.ts';
import { createProber } from './probes/prober.ts';
import { type Bounds, parseBounds } from './replay/bounds.ts';
import { readKnownDead } from './replay/known-dead.ts';
import { createAdvanceStep } from './steps/advance.ts';
import { createClaimRangeStep } from './steps/claim-range.ts';
import { createCommitStep } from './steps/commit-offsets.ts';
import { createFindLandedStep } from './steps/find-landed.ts';
import { createFindRefusedStep } from './steps/find-refused.ts';
import { createInsertRangeStep } from './steps/insert-range.ts';
import { createHasLandedStep, createReadBackStep } from './steps/read-back.ts';
import { createTellBeginnings } from './steps/tell-beginnings.ts';
import { createLatestContracts } from './tables/latest-contracts.ts';
import { createReplicaSync } from './tables/replica-sync.ts';
import { createTopicLandings } from './tables/topic-landings.ts';
import { warmUp } from './tables/warm-up.ts';
import { watchViews } from './tables/watch-views.ts';

type SinkConfig = ConfigOf<typeof config>;

/** An unknown schema id is asked for again at this pace; see `tables/topic-landings.ts`. */
const UNKNOWN_SCHEMA_TTL_MS = 900;

export async function startSink(settings: SinkConfig, runtime: Runtime): Promise<RunningService> {
  const { logger } = runtime;
  const bounds = parseBounds(settings.until, settings.only, runtime.clock);
  const contracts = await contractsToLand(settings, bounds);
  const connection = kafkaConnection(settings, 'millrace-sink', logger);
  const admin = createAdmin(connection);
  const deadTopic = isRedrive(settings) ? deadRefusedAgainTopicSettings : deadTopicSettings('sink');
  await admin.createTopics([{ ...deadTopic, config: topicConfig(deadTopic) }]);
  let wake = (_topic: string): void => undefined;
  const held =
    settings.until.length > 0
      ? holdsNothing
      : holdStreams(contracts, { ...runtime, connection, admin }, (topic) => wake(topic));
  await held.known;
  const parts = await buildParts(settings, runtime, connection, contracts, admin, held);
  wake = parts.lanes.wake;
  const { consumer, lanes, deadLetters, clickhouse, metrics } = parts;
  let isAssigned = false;

  await parts.warmedUp;
  const consuming = consumer.run({
    assigned: async (assignment) => {
      const starts = await lanes.assign(assignment);
      isAssigned = true;
      metrics.rebalanced();
      return starts;
    },
    revoked: (partitions) => {
      isAssigned = false;
      lanes.drop(partitions);
    },
    batch: (batch) => {
      if (bounds?.isLast(batch)) consumer.finish([batch]);
      const clipped = bounds ? bounds.clip(batch) : batch;
      if (clipped) lanes.deliver(clipped);
    },
  });
  const ending = new AbortController();
  parts.prober.run(settings.probeIntervalMs, ending.signal).catch(parts.failure.reject);
  const watch = { clickhouse, contracts, metrics, logger, clock: runtime.clock };
  watchViews(watch, ending.signal).catch(parts.failure.reject);
  const reached = bounds?.reached(admin, settings.group, runtime.signal);
  const finished = Promise.race([consuming, parts.failure.promise, ...(reached ? [reached] : [])]);
  finished.catch(() => undefined);

  return {
    finished,
    details: { topics: contracts.map((contract) => contract.topic.name) },
    ready: () => (isAssigned ? (lanes.waitsFor() ?? true) : 'no partitions are assigned yet'),
    stop: async () => {
      const deadline = new AbortController();
      const late = runtime.clock.sleep(settings.drainTimeoutMs, deadline.signal);
      await Promise.race([lanes.drain(), late.catch(() => undefined)]);
      deadline.abort();
      lanes.drop();
      ending.abort();
      await consumer.close();
      parts.peers?.close();
      await deadLetters.close();
      await parts.floods.close();
      await admin.close();
      await clickhouse.close();
    },
  };
}

/** Throws `config.invalid` when no contract with a table has one of the topics. */
async function contractsToLand(
  settings: SinkConfig,
  bounds: Bounds | undefined,
): Promise<readonly WarehouseContract[]> {
  const project = await loadProject(settings.project);
  const wanted = bounds?.topics ?? settings.topics;
  const contracts = project.contracts
    .filter(hasWarehouse)
    .filter(({ topic }) => wanted.length === 0 || wanted.includes(topic.name));
  if (contracts.length === 0 && wanted.length > 0) {
    throw new MillraceError('config.invalid', `no contract with a table has ${wanted.join(', ')}`);
  }
  if (settings.tableSuffix === '') return contracts;
  return contracts.map((contract) => ({
    ...contract,
    warehouse: { ...contract.warehouse, table: contract.warehouse.table + settings.tableSuffix },
  }));
}

async function buildParts(
  settings: SinkConfig,
  runtime: Runtime,
  connection: KafkaConnection,
  contracts: readonly WarehouseContract[],
  admin: ReturnType<typeof createAdmin>,
  held: HeldStreams,
) {
  const { clock, logger } = runtime;
  const metrics = createSinkMetrics(runtime.metrics);
  const clusterId = await admin.clusterId();
  const registry = createRegistryClient({
    url: settings.registryUrl,
    negativeTtlMs: UNKNOWN_SCHEMA_TTL_MS,
  });
  const clickhouse = createClickHouse({
    url: settings.clickhouseUrl,
    requestTimeoutMs: settings.insertTimeoutMs,
    connectionsMax: CONNECTIONS_MAX,
  });
  const { peers, consumer } = asMember(settings, runtime, connection, contracts, metrics);
  const deadLetters = createDeadLetterOutput(connection, settings.group, {
    isKnown: await knownDead(settings, connection, admin, contracts, runtime.signal),
    ...(isRedrive(settings) && { redrive: settings.epoch }),
  });
  const commit = createCommitStep(consumer, clock, logger, metrics);
  const syncReplicas = createReplicaSync(clickhouse, settings);
  const steps = {
    claimRange: createClaimRangeStep(commit, deadLetters),
    insertRange: createInsertRangeStep(clickhouse, clusterId, metrics, clock),
    findRefused: createFindRefusedStep(clickhouse),
    hasLanded: createHasLandedStep(clickhouse, syncReplicas),
    readBack: createReadBackStep(clickhouse, logger, syncReplicas),
    findLanded: createFindLandedStep(clickhouse, syncReplicas),
    advance: createAdvanceStep({
      ...{ commit, deadLetters, admin, metrics, clock, logger },
      groupId: settings.group,
    }),
  };
  const floods = createFloodControl({
    ...{ service: 'sink', connection, clock, logger },
    // a replay was asked for by a person, who waits for its end
    limits: settings.until.length > 0 ? { share: 1, records: 1 } : floodLimits(settings),
  });
  const shared = { registry, clickhouse, steps, metrics, floods, held };
  const environments = topicEnvironments(settings, runtime, contracts, shared);
  const landingsOf = (topic: string) => environments.get(topic)!.landings;
  const warmedUp = warmUp({ contracts, registry, landingsOf, clock });
  const failure = Promise.withResolvers<never>();
  const lanes: Lanes = createLanes({
    consumer,
    environmentOf: (topic) => environments.get(topic)!,
    takeOver: async (partition) => {
      await deadLetters.open(partition);
      return withCommitted(
        partition,
        await admin.committedOffsets(settings.group, [partition.topic]),
      );
    },
    tellBeginnings: createTellBeginnings(consumer, logger),
    release: (lane) => {
      deadLetters.release(lane).catch((error: unknown) => {
        logger.warn({ err: error }, 'a dead letter producer was not closed in order');
      });
    },
    failed: failure.reject,
    limits: flushLimits(settings),
    ...{ clusterId, epoch: settings.epoch },
    bufferBytesMax: settings.bufferBytesMax,
    logger,
  });
  const share = () => probeShare(contracts, lanes.readings());
  const prober = createProber({ clickhouse, clock, logger, share });
  metrics.observe(lanes.readings, prober.figures);
  return {
    ...{ consumer, peers, lanes, deadLetters, clickhouse, metrics, prober, failure, floods },
    warmedUp,
  };
}

/** This sink's place in the group, and the other sinks as far as it sees them. */
function asMember(
  settings: SinkConfig,
  { presence }: Runtime,
  connection: KafkaConnection,
  contracts: readonly WarehouseContract[],
  metrics: SinkMetrics,
) {
  const peers = settings.watchPeers
    ? createPeers({ ...metrics.peers, presence, host: settings.peerHost })
    : undefined;
  if (peers) metrics.peers.observe(peers.seen);
  const consumer = createGroupConsumer(connection, {
    ...(peers && { peers }),
    groupId: settings.group,
    topics: contracts.map((contract) => contract.topic.name),
    fetchBytesMax: settings.fetchBytesMax,
    fetchBytesPerPartitionMax: FIRST_FETCH_BYTES,
    sessionTimeoutMs: settings.sessionTimeoutMs,
  });
  return { peers, consumer };
}

/** Chosen records are landed again: each has a letter. */
const isRedrive = ({ only }: SinkConfig): boolean => only.length > 0;

const flushLimits = ({ insertRowsMax, insertBytesMax, flushAgeMs }: SinkConfig) => ({
  rowsMax: insertRowsMax,
  bytesMax: insertBytesMax,
  ageMs: flushAgeMs,
});

/** A replayed range holds what was refused the first time: its letters are there already. */
const knownDead = async (
  settings: SinkConfig,
  connection: KafkaConnection,
  admin: ReturnType<typeof createAdmin>,
  contracts: readonly WarehouseContract[],
  signal: AbortSignal,
) => {
  if (settings.until.length === 0 || isRedrive(settings)) return undefined;
  const topics = contracts.map(({ topic }) => topic.name);
  return readKnownDead(connection, admin, topics, signal);
};

/** What every lane of a topic shares, by topic. */
function topicEnvironments(
  settings: SinkConfig,
  { clock, logger }: Runtime,
  contracts: readonly WarehouseContract[],
  parts: Pick<TopicEnvironment, 'steps' | 'metrics' | 'floods'> &
    Pick<Parameters<typeof createTopicLandings>[0], 'registry' | 'clickhouse'> & {
      readonly held: HeldStreams;
    },
): ReadonlyMap<string, TopicEnvironment> {
  const { registry, clickhouse, steps, metrics, floods, held } = parts;
  const latest = createLatestContracts(settings.project, clock, logger);
  const { schemaWaitMs, tokenTrustMs, insertsPerSecond } = settings;
  const limits = { schemaWaitMs, tokenTrustMs, insertsPerSecond };
  const judging = { contracts: latest, registry, clickhouse, clock, logger, ...limits };
  const shared = { steps, metrics, floods, clock, logger };
  return new Map(
    contracts.map((contract) => [
      contract.topic.name,
      {
        contract,
        landings: createTopicLandings({ contract, ...judging }),
        budget: createInsertBudget(insertsPerSecond, clock),
        isHeld: () => held.isHeld(contract),
        ...shared,
      },
    ]),
  );
}

/** Of one partition, before it has said how much it can take: many partitions begin at the same time. */
const FIRST_FETCH_BYTES = 256 * 1024;
/** Inserts at the same time; a lane has one under way at most. */
const CONNECTIONS_MAX = 16;

/** The partition with the group's offset as it stands now. */
function withCommitted(
  partition: AssignedPartition,
  committed: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly offset: number;
    readonly metadata: string;
  }[],
): AssignedPartition {
  const found = committed.find(
    (one) => one.topic === partition.topic && one.partition === partition.partition,
  );
  if (!found) return partition;
  const { offset, metadata } = found;
  return { ...partition, startOffset: offset, committed: { offset, metadata } };
}
