import { transformGroup, transformsTopic } from '@millrace/contracts';
import { type Admin, type KafkaConnection, readPartition, resetGroup } from '@millrace/kafka';
import { ownTopics, parseShape, type Transform, type TransformShape } from '@millrace/streams';

/** What a reset takes away, or would. */
export interface TransformReset {
  readonly transform: string;
  readonly group: string;
  readonly offsets: 'keep' | 'forget';
  /** Topics of its own that exist. */
  readonly topics: readonly string[];
}

/** What the service has written down of the transform's state; undefined when it has never run. */
const readShape = async (
  connection: KafkaConnection,
  admin: Admin,
  transform: string,
): Promise<TransformShape | undefined> => {
  if ((await admin.describeTopics([transformsTopic])).length === 0) return undefined;
  const where = { topic: transformsTopic, partition: 0, fromOffset: 0 };
  let newest: Buffer | null = null;
  for await (const { key, value } of readPartition(connection, {
    ...where,
    isolation: 'read_committed',
  }))
    if (key?.toString() === transform) newest = value;
  return newest === null ? undefined : parseShape(transform, newest.toString());
};

/** Throws `transform.changed` when a later release has written down what the state is. */
export const planReset = async (
  connection: KafkaConnection,
  admin: Admin,
  transform: Transform,
  offsets: TransformReset['offsets'],
): Promise<TransformReset> => {
  const topics = ownTopics(transform, await readShape(connection, admin, transform.name));
  const existing = await admin.describeTopics(topics);
  const { name } = transform;
  return {
    ...{ transform: name, group: transformGroup(name), offsets },
    topics: existing.map((topic) => topic.name),
  };
};

/** Rejects with `kafka.refused`, naming whom to stop, while an instance runs the transform. */
export const applyReset = async (admin: Admin, { group, topics, offsets }: TransformReset) => {
  await resetGroup(admin, { groupId: group, topics, offsets });
};

/** For a person: what is gone, or would be. */
export const resetText = (
  { transform, group, topics, offsets, from }: TransformReset & { readonly from?: string },
  isDone: boolean,
): string => {
  const verb = isDone ? 'Deleted' : 'To be deleted';
  const where =
    offsets === 'forget'
      ? `${verb}: the offsets of ${group}. It begins ${from === undefined ? 'from the first record of its sources' : `at ${from}`}.`
      : 'Offsets are kept: it goes on where it stood, with empty state.';
  return [`${transform}:`, ...topics.map((topic) => `  ${verb}: ${topic}`), `  ${where}`].join(
    '\n',
  );
};
