/**
 * A transform as Kafka has it: members of its group, and each partition that it reads. The service itself is asked for
 * one thing, how far its copies of state are, and need not answer.
 */
import { type Contract, repartitionTopic, transformGroup } from '@millrace/contracts';
import type { Admin, KafkaConnection } from '@millrace/kafka';
import { cutIntoStages, parseTimes, type StageInput, type Transform } from '@millrace/streams';
import { firstRecordMs } from '../../sink/partitions.ts';
import { readStandbys, type StandbyStatus } from './read-standbys.ts';

export interface TransformStatus {
  readonly transform: string;
  readonly group: string;
  /** Instances, or their threads, that run it now. */
  readonly members: readonly { readonly clientId: string; readonly host: string }[];
  /** Topics of contracts that do not exist. */
  readonly missingTopics: readonly string[];
  readonly partitions: readonly InputStatus[];
  /** Copies of state; none when the transform asks for none. */
  readonly standbys: readonly StandbyStatus[];
}

/** One partition of a topic that a stage reads. */
export interface InputStatus {
  readonly stage: number;
  readonly topic: string;
  readonly partition: number;
  /** Absent when nothing has been committed: all of the topic is to be read. */
  readonly committed?: number;
  readonly end: number;
  /** Offsets behind the committed one; 0 when there is no record in them. */
  readonly lagRecords: number;
  /** Age of the first record that is not committed, s. */
  readonly lagSeconds: number;
  /** Event time of the task as it last committed it; absent before the first time. */
  readonly watermarkMs?: number;
}

export interface StatusReaders {
  readonly connection: KafkaConnection;
  readonly admin: Admin;
  readonly contracts: readonly Contract[];
  readonly nowMs: number;
}

/** Throws `transform.invalid` for a graph that cannot be cut into stages. */
export const readStatus = async (
  { name, graph }: Transform,
  readers: StatusReaders,
): Promise<TransformStatus> => {
  const group = transformGroup(name);
  const inputs = cutIntoStages(graph).flatMap((stage) =>
    stage.inputs.map((input) => ({
      stage: stage.index,
      isSource: input.kind === 'source',
      topic: topicOf(name, input, readers.contracts),
    })),
  );
  // Several sources may read one topic.
  const topics = [...new Map(inputs.map((input) => [input.topic, input])).values()];
  const states = await readers.admin.describeTopics(topics.map(({ topic }) => topic));
  const exists = new Set(states.map((state) => state.name));
  const existing = topics.filter(({ topic }) => exists.has(topic));
  const members = await readers.admin.groupMembers(group);
  const partitions = existing.map((input) => readInput(group, input, readers));
  return {
    ...{ transform: name, group },
    members: members.map(({ clientId, host }) => ({ clientId, host })),
    // Its own ones are made when it first runs.
    missingTopics: topics
      .filter(({ topic, isSource }) => isSource && !exists.has(topic))
      .map(({ topic }) => topic),
    partitions: (await Promise.all(partitions)).flat(),
    standbys: await readStandbys(name, members),
  };
};

const topicOf = (transform: string, input: StageInput, contracts: readonly Contract[]): string => {
  if (input.kind === 'repartition') return repartitionTopic(transform, input.name);
  const contract = contracts.find(({ id }) => id === input.contract);
  return input.options.topic ?? contract?.topic.name ?? input.contract;
};

const readInput = async (
  group: string,
  { stage, topic }: { readonly stage: number; readonly topic: string },
  { connection, admin, nowMs }: StatusReaders,
): Promise<readonly InputStatus[]> => {
  const [offsets, committed] = await Promise.all([
    admin.partitionOffsets(topic),
    admin.committedOffsets(group, [topic]),
  ]);
  return Promise.all(
    offsets.map(async ({ partition, low, stable }): Promise<InputStatus> => {
      const found = committed.find((one) => one.partition === partition);
      const fromOffset = Math.max(found?.offset ?? low, low);
      const range = { topic, partition, fromOffset, toOffset: stable };
      // Markers of transactions stand behind the last record, and are not waited for.
      const oldestMs = fromOffset < stable ? await firstRecordMs(connection, range) : undefined;
      const watermarkMs = parseTimes(found?.metadata ?? '', 1)?.taskWatermarkMs;
      return {
        ...{ stage, topic, partition, end: stable },
        ...(found === undefined ? {} : { committed: found.offset }),
        lagRecords: oldestMs === undefined ? 0 : stable - fromOffset,
        lagSeconds: oldestMs === undefined ? 0 : Math.max(0, nowMs - oldestMs) / 1_000,
        ...(watermarkMs !== undefined && Number.isFinite(watermarkMs) && { watermarkMs }),
      };
    }),
  );
};
