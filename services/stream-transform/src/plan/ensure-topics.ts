import {
  type Contract,
  deadTopicSettings,
  MillraceError,
  topicConfig,
  transformsTopicSettings,
} from '@millrace/contracts';
import type { Admin, TopicSpec } from '@millrace/kafka';
import type { Transform } from '@millrace/streams';
import {
  changelogTopicsOf,
  outerTopics,
  planTransform,
  repartitionTopicsOf,
  type TransformPlan,
} from './transform-plan.ts';

/** Kafka's limit of a time that is none. */
const FOR_EVER = '9223372036854775807';

/**
 * Records that change partition are kept until they are processed, whatever their event time: time takes
 * nothing away, and the transform itself deletes what it has committed.
 */
const repartitionConfig = {
  'cleanup.policy': 'delete',
  'retention.ms': '-1',
  'message.timestamp.type': 'CreateTime',
  'message.timestamp.after.max.ms': FOR_EVER,
  'message.timestamp.before.max.ms': FOR_EVER,
} as const;

/**
 * The newest value of every key is kept for good. A record that is replaced stays for a while, since state that
 * is committed may still need it.
 */
const changelogConfig = {
  'cleanup.policy': 'compact',
  'message.timestamp.type': 'CreateTime',
  'message.timestamp.after.max.ms': FOR_EVER,
  'message.timestamp.before.max.ms': FOR_EVER,
  'min.compaction.lag.ms': '60000',
} as const;

/**
 * Plans a transform over the topics as they are, and makes those of its own. Throws as `planTransform`, and
 * `transform.partitions-differ` where one of its own topics has another number of partitions than it needs.
 */
export const ensureTopics = async (
  admin: Admin,
  transform: Transform,
  contracts: readonly Contract[],
  replicationFactor: number,
): Promise<TransformPlan> => {
  const states = await admin.describeTopics(outerTopics(transform, contracts));
  const counts = new Map(states.map(({ name, partitions }) => [name, partitions]));
  const plan = planTransform(transform, contracts, counts);
  const specOf =
    (config: TopicSpec['config']) =>
    ({
      topic,
      partitions,
    }: {
      readonly topic: string;
      readonly partitions: number;
    }): TopicSpec => ({
      ...{ name: topic, partitions, replicationFactor, config },
    });
  const wanted = [
    ...repartitionTopicsOf(plan).map(specOf(repartitionConfig)),
    ...changelogTopicsOf(plan).map(specOf(changelogConfig)),
  ];
  const shared = [deadTopicSettings('stream-transform'), transformsTopicSettings];
  await admin.createTopics([
    ...shared.map((topic) => ({ ...topic, config: topicConfig(topic) })),
    ...wanted,
  ]);
  await checkPartitions(admin, transform, wanted);
  return plan;
};

const checkPartitions = async (
  admin: Admin,
  { name: transform }: Transform,
  wanted: readonly TopicSpec[],
): Promise<void> => {
  const actual = await admin.describeTopics(wanted.map(({ name }) => name));
  for (const { name, partitions } of wanted) {
    const found = actual.find((topic) => topic.name === name);
    if (found === undefined || found.partitions === partitions) continue;
    throw new MillraceError(
      'transform.partitions-differ',
      `transform ${transform}: ${name} has ${found.partitions} partitions and needs ${partitions}`,
    );
  }
};
