import type { Contract, TopicSettings } from '../contract.ts';
import {
  auditTopic,
  cdcStateTopic,
  deadFloodsTopic,
  deadRedrivesTopic,
  deadRefusedAgainTopic,
  deadTopic,
  deadTransformedAgainTopic,
  ingestKeysTopic,
  ingestPositionsTopic,
  positionsTopic,
  spoolPositionsTopic,
  streamGatesTopic,
  transformsTopic,
} from '../topics.ts';
import type { PlanStep } from './plan-step.ts';

/**
 * Topics as the contracts want them against topics as they are. More partitions for a keyed topic would
 * send a key's next record to another partition and so lose the order per key: asked for by name only.
 */
export interface TopicState {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly config: Readonly<Record<string, string>>;
}

export type TopicAction =
  | { readonly do: 'create-topic'; readonly topic: TopicState }
  | {
      readonly do: 'alter-topic-config';
      readonly name: string;
      readonly config: Readonly<Record<string, string>>;
    }
  | { readonly do: 'add-partitions'; readonly name: string; readonly partitions: number };

const thirtyDaysMs = 30 * 24 * 3_600_000;

const platformTopic = (
  name: string,
  cleanupPolicy: TopicSettings['cleanupPolicy'],
  retentionMs: number,
): TopicSettings => ({ name, partitions: 1, replicationFactor: -1, cleanupPolicy, retentionMs });

/** Dead letters hold what was as large as its own topic took, or larger, and the reason beside it. */
const deadLetterBytesMax = 64 * 1024 * 1024;

/** Where a service's dead letters go: the same whether the service makes the topic or `apply` does. */
export const deadTopicSettings = (service: 'cdc' | 'sink' | 'stream-transform'): TopicSettings => ({
  ...platformTopic(deadTopic(service), 'delete', thirtyDaysMs),
  maxMessageBytes: deadLetterBytesMax,
});

/** Partitions that wait, and orders of persons, by what they are about: the newest record of each. */
export const deadFloodsTopicSettings: TopicSettings = platformTopic(deadFloodsTopic, 'compact', -1);

/** Redrives by their id: the newest record of each. */
export const deadRedrivesTopicSettings: TopicSettings = platformTopic(
  deadRedrivesTopic,
  'compact',
  -1,
);

/** As large as dead letters; read once, by the redrive that asked. */
export const deadRefusedAgainTopicSettings: TopicSettings = {
  ...platformTopic(deadRefusedAgainTopic, 'delete', 7 * 24 * 3_600_000),
  maxMessageBytes: deadLetterBytesMax,
};

/** Twice as long as the letters: one that Kafka still holds is never sent a second time. */
export const deadTransformedAgainTopicSettings: TopicSettings = platformTopic(
  deadTransformedAgainTopic,
  'delete',
  2 * thirtyDaysMs,
);

/** How far each part of each pull source is: its latest record for good. Sources are spread over the partitions. */
export const ingestPositionsTopicSettings: TopicSettings = {
  ...platformTopic(ingestPositionsTopic, 'compact', -1),
  partitions: 8,
};

/** Topics that the platform needs whatever the contracts say. */
export const platformTopics: readonly TopicSettings[] = [
  deadTopicSettings('cdc'),
  deadTopicSettings('sink'),
  deadTopicSettings('stream-transform'),
];

/** Holds the positions of a captured database: its latest record for good. */
export const positionsTopicSettings = (source: string): TopicSettings =>
  platformTopic(positionsTopic(source), 'compact', -1);

/** What else a captured database's service remembers: compacted, one partition. */
export const cdcStateTopicSettings = (source: string): TopicSettings =>
  platformTopic(cdcStateTopic(source), 'compact', -1);

/** How far each spool of a door has been written: the latest record of each for good. */
export const spoolPositionsTopicSettings: TopicSettings = platformTopic(
  spoolPositionsTopic,
  'compact',
  -1,
);

/** What the state of each transform means, by its name: the newest record for good. */
export const transformsTopicSettings: TopicSettings = platformTopic(transformsTopic, 'compact', -1);

/** The keys of the HTTP door, by their id: the newest record for good. Made when the first key is, or by a door that asks for keys. */
export const ingestKeysTopicSettings: TopicSettings = platformTopic(ingestKeysTopic, 'compact', -1);

/** Who did what by way of the quality service. Made by it when somebody first does something. */
export const auditTopicSettings = (retentionMs: number): TopicSettings =>
  platformTopic(auditTopic, 'delete', retentionMs);
/** Which streams are not open, by contract: the newest record for good. Made by whoever follows or writes it first. */
export const streamGatesTopicSettings: TopicSettings = platformTopic(
  streamGatesTopic,
  'compact',
  -1,
);

const changeSources = (contracts: readonly Contract[]): ReadonlySet<string> =>
  new Set(contracts.flatMap(({ source }) => (source.kind === 'change' ? [source.source] : [])));

export interface WantedTopic {
  readonly settings: TopicSettings;
  /** Whether records carry keys whose order must hold. */
  readonly keyed: boolean;
}

/** The topics of the platform, of every contract and of every captured database, by name. */
export const wantedTopics = (contracts: readonly Contract[]): readonly WantedTopic[] =>
  [
    ...platformTopics.map((settings) => ({ settings, keyed: true })),
    ...[...changeSources(contracts)].flatMap((source) => [
      { settings: positionsTopicSettings(source), keyed: true },
      { settings: cdcStateTopicSettings(source), keyed: true },
    ]),
    ...contracts.map(({ topic, key }) => ({ settings: topic, keyed: key.length > 0 })),
  ].sort((a, b) => (a.settings.name < b.settings.name ? -1 : 1));

/** A topic's settings in Kafka's words. */
export const topicConfig = (settings: TopicSettings): Record<string, string> => ({
  'cleanup.policy': settings.cleanupPolicy,
  'retention.ms': String(settings.retentionMs),
  ...(settings.maxMessageBytes !== undefined && {
    'max.message.bytes': String(settings.maxMessageBytes),
  }),
  ...(settings.stampedOnArrival && { 'message.timestamp.type': 'LogAppendTime' }),
});

const createStep = (settings: TopicSettings): PlanStep<TopicAction> => {
  const { name, partitions, replicationFactor } = settings;
  const config = topicConfig(settings);
  const pairs = Object.entries(config).map(([key, value]) => `${key}=${value}`);
  return {
    kind: 'create',
    target: 'topic',
    name,
    line: `create with ${partitions} partition${partitions === 1 ? '' : 's'}, ${pairs.join(', ')}`,
    action: { do: 'create-topic', topic: { name, partitions, replicationFactor, config } },
  };
};

const partitionStep = (
  { settings, keyed }: WantedTopic,
  actual: TopicState,
): PlanStep<TopicAction> | undefined => {
  const { name, partitions } = settings;
  const change = `partitions ${actual.partitions} → ${partitions}`;
  if (partitions === actual.partitions) return undefined;
  if (partitions < actual.partitions) {
    return {
      kind: 'refused',
      target: 'topic',
      name,
      line: `${change}: Kafka cannot remove partitions`,
      way: 'Make a stream of another name with fewer partitions and move producers and consumers over.',
    };
  }
  const action = { do: 'add-partitions', name, partitions } as const;
  if (!keyed) return { kind: 'alter', target: 'topic', name, line: change, action };
  return {
    kind: 'destructive',
    target: 'topic',
    name,
    line: `${change}: keys move to other partitions, so the order per key breaks once`,
    way: 'Stop producers, let consumers reach the end, then apply with --allow-destructive.',
    action,
  };
};

const replicationStep = (
  settings: TopicSettings,
  actual: TopicState,
): PlanStep<TopicAction> | undefined => {
  const { name, replicationFactor } = settings;
  if (replicationFactor === -1 || replicationFactor === actual.replicationFactor) return undefined;
  return {
    kind: 'refused',
    target: 'topic',
    name,
    line: `replication factor ${actual.replicationFactor} → ${replicationFactor}: not changed from here`,
    way: 'Use kafka-reassign-partitions.sh, then plan again.',
  };
};

/** What Kafka does with a topic that does not say: its own defaults. */
const kafkaDefaults = { 'cleanup.policy': 'delete', 'retention.ms': String(7 * 24 * 3_600_000) };

/** Fewer records kept than before: older ones than the new retention, or all but the latest of a key. */
const losesRecords = (
  actual: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): boolean => {
  const before = { ...kafkaDefaults, ...actual };
  const after = { ...before, ...wanted };
  if (before['cleanup.policy'] !== after['cleanup.policy']) return true;
  const [from, to] = [Number(before['retention.ms']), Number(after['retention.ms'])];
  return to !== -1 && (from === -1 || to < from);
};

const configStep = (
  settings: TopicSettings,
  actual: TopicState,
): PlanStep<TopicAction> | undefined => {
  const changed = Object.entries(topicConfig(settings)).filter(
    ([key, value]) => actual.config[key] !== value,
  );
  if (changed.length === 0) return undefined;
  const { name } = settings;
  const config = Object.fromEntries(changed);
  const line = changed
    .map(([key, value]) => `${key} ${actual.config[key] ?? 'unset'} → ${value}`)
    .join(', ');
  const action = { do: 'alter-topic-config', name, config } as const;
  const loses = losesRecords(actual.config, config);
  if (!loses) return { kind: 'alter', target: 'topic', name, line, action };
  return {
    kind: 'destructive',
    target: 'topic',
    name,
    line: `${line}: the broker deletes records that were kept before`,
    way: 'Make sure that every consumer has read them, then apply with --allow-destructive.',
    action,
  };
};

/** The steps that make the topics as wanted; topics that no contract names are left alone. */
export const planTopics = (
  wanted: readonly WantedTopic[],
  actual: readonly TopicState[],
): readonly PlanStep<TopicAction>[] =>
  wanted.flatMap((topic): readonly PlanStep<TopicAction>[] => {
    const { settings } = topic;
    const found = actual.find(({ name }) => name === settings.name);
    if (found === undefined) return [createStep(settings)];
    const steps = [
      partitionStep(topic, found),
      replicationStep(settings, found),
      configStep(settings, found),
    ].filter((step) => step !== undefined);
    if (steps.length > 0) return steps;
    return [{ kind: 'unchanged', target: 'topic', name: settings.name, line: 'as declared' }];
  });
