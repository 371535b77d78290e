import { MillraceError } from '@millrace/contracts';
import { protocolErrorRows } from '../kafkajs/kafkajs.ts';

/**
 * Kafka's error codes by name, and the classes that more than one caller needs. What a code means for one
 * request is decided by who sent it.
 * Source: https://kafka.apache.org/protocol#protocol_error_codes
 */
export const ERROR = {
  none: 0,
  offsetOutOfRange: 1,
  unknownTopicOrPartition: 3,
  leaderNotAvailable: 5,
  messageTooLarge: 10,
  coordinatorLoadInProgress: 14,
  coordinatorNotAvailable: 15,
  notCoordinator: 16,
  recordListTooLarge: 18,
  illegalGeneration: 22,
  unknownMemberId: 25,
  rebalanceInProgress: 27,
  topicAlreadyExists: 36,
  outOfOrderSequence: 45,
  duplicateSequence: 46,
  invalidProducerEpoch: 47,
  invalidTxnState: 48,
  concurrentTransactions: 51,
  unknownProducerId: 59,
  memberIdRequired: 79,
  fencedInstanceId: 82,
  unstableOffsetCommit: 88,
  producerFenced: 90,
} as const;

/** A partition's leader moved, is being chosen or cannot write now: ask for metadata and send again. */
const leaderCodes = new Set([3, 5, 6, 7, 9, 13, 19, 20, 56, 72, 74, 75, 78, 100, 103]);
/** The coordinator moved or is loading: look it up and send again. */
const coordinatorCodes = new Set([7, 13, 14, 15, 16, 56]);
const authorisationCodes = new Set([29, 30, 31, 53, 58, 65]);

export const isLeaderError = (code: number): boolean => leaderCodes.has(code);
export const isCoordinatorError = (code: number): boolean => coordinatorCodes.has(code);
export const isFenced = (code: number): boolean =>
  code === ERROR.invalidProducerEpoch || code === ERROR.producerFenced;

/** kafkajs's list ends before these. */
const laterNames: readonly (readonly [number, string])[] = [
  [ERROR.unstableOffsetCommit, 'UNSTABLE_OFFSET_COMMIT'],
  [87, 'INVALID_RECORD'],
  [ERROR.producerFenced, 'PRODUCER_FENCED'],
];

const names = new Map([
  ...protocolErrorRows.map((row) => [row.code, row.type] as const),
  ...laterNames,
]);

/** For messages: `NOT_LEADER_FOR_PARTITION (6)`. */
export const errorName = (code: number): string => `${names.get(code) ?? 'UNLISTED'} (${code})`;

/** The error for a code that the caller has no use for. */
export const refused = (code: number, doing: string): MillraceError => {
  if (authorisationCodes.has(code)) {
    return new MillraceError('kafka.not-authorised', `${doing}: ${errorName(code)}`);
  }
  if (isLeaderError(code) || isCoordinatorError(code)) {
    return new MillraceError('kafka.unavailable', `${doing}: ${errorName(code)}`, {
      retryable: true,
    });
  }
  return new MillraceError('kafka.refused', `${doing}: ${errorName(code)}`);
};

/** A certificate or a password was not taken. */
export const isConnectionRefused = (error: unknown): boolean =>
  error instanceof MillraceError &&
  (error.code === 'kafka.unauthenticated' || error.code === 'kafka.certificate-refused');

/** No connection, for whatever reason: brokers come back, certificates and passwords are exchanged. */
export const isUnavailable = (error: unknown): boolean =>
  isConnectionRefused(error) ||
  (error instanceof MillraceError && error.code === 'kafka.unavailable');
