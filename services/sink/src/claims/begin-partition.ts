/**
 * Where a partition begins at assignment, and in which log: decided from what the group has committed
 * and what the topic is now. A log is named by cluster and topic id, so a topic that was deleted and made
 * again is another one: offsets and claims of the old say nothing about it.
 */
import {
  type Claim,
  type LogIdentity,
  MillraceError,
  memoryAt,
  type Position,
  parsePosition,
  type TableMemory,
} from '@millrace/contracts';
import type { AssignedPartition } from '@millrace/kafka';
import type { Logger } from '@millrace/pipeline';
import type { LandedBefore } from '../steps/find-landed.ts';

/** The log of new claims, and what they remember of the table. */
export interface Bearings extends TableMemory {
  readonly log: LogIdentity;
}

export interface Beginning extends Bearings {
  readonly topic: string;
  readonly partition: number;
  /** Where reading begins; a claim's own offsets are at or behind it. */
  readonly start: number;
  readonly claim: Claim | undefined;
  /**
   * False when the offset does not say what has landed, because it is missing or somebody else than the sink
   * set it: the table is asked before the first claim (`takeBearings`).
   */
  readonly isKnown: boolean;
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
  const { clusterId, logger } = context;
  const { topic, partition, topicId, logStartOffset } = assigned;
  const position = committedPosition(assigned);
  const log = { cluster: clusterId, topicId, epoch: epochOf(position, context) };
  const origin = originOf(position, log);
  sayOrigin(origin, position, assigned, logger);
  const startOffset = origin === 'gone' ? logStartOffset : assigned.startOffset;
  const start = Math.max(startOffset, logStartOffset);
  if (start > startOffset) {
    logger.error(
      { topic, partition, from: startOffset, lost: start - startOffset },
      'records were removed by retention before they landed',
    );
  }
  const at = { topic, partition, start };
  if (origin !== 'same') {
    const begun = { ...log, epoch: context.epoch };
    return { ...at, log: begun, claim: undefined, isKnown: false };
  }
  const { claim } = position;
  // Of a claim that retention has taken whole, nothing is left to repeat.
  const isRepeated = claim !== undefined && claim.to >= start;
  // What landed before logs were named is of this log as far as anybody knows.
  const memory = memoryAt(start, position.log ? position : { unnamedRows: true });
  return { ...at, ...memory, log, claim: isRepeated ? claim : undefined, isKnown: true };
}

/**
 * Completes a beginning whose offset does not say what has landed. What the table holds is compared, not
 * inserted again; and the epoch is renewed, so that no token of the ranges before swallows what is
 * missing now because it was deleted since.
 */
export function takeBearings(
  { topic, partition, start, log }: Pick<Beginning, 'topic' | 'partition' | 'start' | 'log'>,
  landed: LandedBefore,
  nowMs: number,
  logger: Logger,
): Bearings {
  const { last, unnamedRows } = landed;
  if (last !== undefined && last >= start) {
    logger.warn(
      { topic, partition, from: start, to: last },
      'the table holds records from the offset on: up to its last they are compared with it, what is missing is inserted',
    );
  } else if (last !== undefined && last + 1 < start) {
    logger.warn(
      { topic, partition, from: last + 1, to: start - 1 },
      'the offset is ahead of the last row: records between, if there are any, do not land',
    );
  }
  const epoch = `${log.epoch}~${nowMs.toString(36)}`;
  const memory = { unnamedRows, ...(last !== undefined && { compareBelow: last + 1 }) };
  return { log: { ...log, epoch }, ...memoryAt(start, memory) };
}

/**
 * What a position is worth: of this log, of a log that is gone, copied from another cluster, or set by
 * somebody who is not the sink (or by nobody), so that it says nothing of what has landed.
 */
type Origin = 'same' | 'gone' | 'copied' | 'unknown';

function originOf({ log, claim }: Position, now: LogIdentity): Origin {
  if (!log) return claim ? 'same' : 'unknown';
  if (log.cluster !== now.cluster) return 'copied';
  return log.topicId === now.topicId ? 'same' : 'gone';
}

/** A renewed epoch (`0~…`) stays in force until the setting says another one. */
const epochOf = ({ log }: Position, { epoch }: BeginContext): string =>
  log && log.epoch.split('~')[0] === epoch ? log.epoch : epoch;

function sayOrigin(
  origin: Origin,
  { claim }: Position,
  { topic, partition, startOffset, logStartOffset }: AssignedPartition,
  logger: Logger,
): void {
  const claimed = claim && { claimed: [claim.from, claim.to] };
  if (origin === 'gone') {
    logger.warn(
      { topic, partition, committed: startOffset, ...claimed, from: logStartOffset },
      'the topic was deleted and made again: what of the old one had not landed is gone, the new one is read from its start',
    );
  } else if (origin === 'copied') {
    logger.warn(
      { topic, partition, from: startOffset, ...claimed },
      'the offset was committed on another cluster: it is taken as copied, a claim with it is not repeated',
    );
  }
}
