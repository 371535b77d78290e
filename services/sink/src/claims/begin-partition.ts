/**
 * Where a partition begins at assignment, and in which log: decided from what the group has committed
 * and what the topic is now. A log is named by cluster and topic id, so a topic that was deleted and made
 * again is another one: offsets and claims of the old say nothing about it.
 */
import { type LogIdentity, MillraceError } from '@millrace/contracts';
import type { AssignedPartition } from '@millrace/kafka';
import type { Logger } from '@millrace/pipeline';
import { type Claim, type Position, parsePosition } from './claim.ts';

export interface Beginning {
  readonly topic: string;
  readonly partition: number;
  /** Where reading begins; a claim's own offsets are at or behind it. */
  readonly start: number;
  readonly claim: Claim | undefined;
  /** Of new claims. */
  readonly log: LogIdentity;
}

export interface BeginContext {
  /** The cluster that is read. */
  readonly clusterId: string;
  /** Of new claims; one under way keeps its own. */
  readonly epoch: string;
  readonly logger: Logger;
}

/** What the group's offset says of the partition. Throws `sink.group-foreign`. */
export function committedPosition({ topic, partition, committed }: AssignedPartition): Position {
  const position = parsePosition(committed?.metadata ?? '');
  if (position !== 'foreign') return position;
  throw new MillraceError(
    'sink.group-foreign',
    `the committed offset of ${topic}/${partition} carries metadata that is no claim`,
  );
}

/** Throws `sink.group-foreign`. */
export function beginPartition(assigned: AssignedPartition, context: BeginContext): Beginning {
  const { clusterId, epoch, logger } = context;
  const { topic, partition, topicId, startOffset, logStartOffset } = assigned;
  const position = committedPosition(assigned);
  const log = { cluster: clusterId, topicId, epoch };
  const origin = originOf(position, log);
  if (origin === 'gone') {
    logger.warn(
      { topic, partition, committed: startOffset, ...claimed(position), from: logStartOffset },
      'the topic was deleted and made again: what of the old one had not landed is gone, the new one is read from its start',
    );
    return { topic, partition, log, start: logStartOffset, claim: undefined };
  }
  if (origin === 'copied') {
    logger.warn(
      { topic, partition, from: startOffset, ...claimed(position) },
      'the offset was committed on another cluster: it is taken as copied, a claim with it is not repeated',
    );
  }
  const start = Math.max(startOffset, logStartOffset);
  if (start > startOffset) {
    logger.error(
      { topic, partition, from: startOffset, lost: start - startOffset },
      'records were removed by retention before they landed',
    );
  }
  const { claim } = position;
  // Of a claim that retention has taken whole, nothing is left to repeat.
  const isRepeated = origin === 'same' && claim !== undefined && claim.to >= start;
  return { topic, partition, log, start, claim: isRepeated ? claim : undefined };
}

/** Whether the position belongs to this log; one without a log was committed before logs were named. */
function originOf({ log }: Position, now: LogIdentity): 'same' | 'gone' | 'copied' {
  if (!log) return 'same';
  if (log.cluster !== now.cluster) return 'copied';
  return log.topicId === now.topicId ? 'same' : 'gone';
}

const claimed = ({ claim }: Position) => claim && { claimed: [claim.from, claim.to] };
