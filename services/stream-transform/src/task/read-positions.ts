/** Where a task begins to read its topics. */
import { type LogMark, withoutLogMark } from '@millrace/contracts';
import type { Admin } from '@millrace/kafka';
import type { Logger } from '@millrace/pipeline';

/** A position of the group in one topic, in the task's partition. */
export interface InputPosition {
  readonly offset: number;
  /** Event time. */
  readonly metadata: string;
  /** Of a topic that somebody else writes: which log of that name. */
  readonly log?: LogMark;
}

export interface ReadPositionsOptions {
  readonly admin: Pick<Admin, 'committedOffsets' | 'partitionOffsets' | 'topicId' | 'clusterId'>;
  readonly groupId: string;
  readonly topics: readonly string[];
  /** Those of `topics` that others write, who may delete them and make them again. */
  readonly sources: ReadonlySet<string>;
  readonly partition: number;
  readonly logger: Pick<Logger, 'error' | 'warn'>;
}

/**
 * Where a group stands in one partition of these topics: at what it has committed, or at the beginning of what
 * the topic holds. What was removed before it was read is lost whatever is done about it: the group goes on behind it, and
 * it is said. A topic that was made again is another log, in which what was committed says nothing of offsets; event time
 * stays where it was. In another cluster the offset was copied, and counts there.
 */
export const readPositions = async ({
  admin,
  groupId,
  topics,
  sources,
  partition,
  logger,
}: ReadPositionsOptions): Promise<ReadonlyMap<string, InputPosition>> => {
  const committed = await admin.committedOffsets(groupId, topics, partition);
  const cluster = await admin.clusterId();
  const positions = new Map<string, InputPosition>();
  for (const topic of topics) {
    const offsets = await admin.partitionOffsets(topic);
    const { low } = offsets.find((one) => one.partition === partition)!;
    const log = sources.has(topic) ? { cluster, topicId: await admin.topicId(topic) } : undefined;
    const found = committed.find((one) => one.topic === topic);
    const { text: metadata, mark } = withoutLogMark(found?.metadata ?? '');
    const at = { group: groupId, topic, partition, from: found?.offset };
    let offset = found?.offset ?? low;
    if (isMadeAgain(mark, log)) {
      logger.warn(at, 'the topic was deleted and made again: the new one is read from its start');
      offset = low;
    } else if (offset < low) {
      const message = 'records were removed by retention before they were read';
      logger.error({ ...at, lost: low - offset }, message);
      offset = low;
    }
    positions.set(topic, { offset, metadata, ...(log !== undefined && { log }) });
  }
  return positions;
};

const isMadeAgain = (read: LogMark | undefined, now: LogMark | undefined): boolean =>
  read !== undefined && read.cluster === now?.cluster && read.topicId !== now?.topicId;
