/** Lays transforms out beside those that run: their outputs go to topics of their own, made like the live ones. */
import { type Contract, topicConfig } from '@millrace/contracts';
import type { Admin } from '@millrace/kafka';
import { besideTransform, type Transform } from '@millrace/streams';
import { contractOf } from './transform-plan.ts';

/** Makes the topics of the outputs with as many partitions as the live ones have. */
export const besideLive = async (
  admin: Admin,
  transform: Transform,
  contracts: readonly Contract[],
  { suffix, topicReplication }: { readonly suffix: string; readonly topicReplication: number },
): Promise<Transform> => {
  const topicOf = (contract: string) =>
    contractOf(contracts, { name: 'sink', contract }).topic.name;
  const side = besideTransform(transform, suffix, topicOf);
  const topics = transform.graph.nodes.flatMap((node, at) => {
    if (node.kind !== 'sink') return [];
    const { topic } = contractOf(contracts, node);
    const { topic: name } = side.graph.nodes[at] as { readonly topic: string };
    return [{ live: node.topic ?? topic.name, name, config: topicConfig(topic) }];
  });
  const live = await admin.describeTopics(topics.map((one) => one.live));
  await admin.createTopics(
    topics.flatMap(({ live: like, name, config }) => {
      const partitions = live.find((one) => one.name === like)?.partitions;
      if (partitions === undefined) return [];
      return [{ name, partitions, replicationFactor: topicReplication, config }];
    }),
  );
  return side;
};
