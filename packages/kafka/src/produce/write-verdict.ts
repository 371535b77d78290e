import { MillraceError } from '@millrace/contracts';
import { ERROR, errorName, isFenced, isLeaderError, refused } from '../cluster/protocol-errors.ts';
import type { PendingBatch } from './pending-batch.ts';

/**
 * What a broker's answer to one batch means. The one place that decides between sending the same bytes
 * again, sending them under a new identity, and giving up.
 */
export type WriteVerdict =
  | { readonly kind: 'written' }
  /** The same bytes with the same sequence number: the broker drops them if it has them already. */
  | { readonly kind: 'retry'; readonly reason: MillraceError }
  | { readonly kind: 'split' }
  /** Not written, and never will be as it is; the sequence number is free for the next batch. */
  | { readonly kind: 'refuse'; readonly reason: MillraceError }
  /** The broker lost track of this producer on the partition. */
  | { readonly kind: 'renew-identity'; readonly reason: MillraceError };

const lostTrack = new Set<number>([
  ERROR.outOfOrderSequence,
  ERROR.duplicateSequence,
  ERROR.unknownProducerId,
]);

const refusesRecords = new Set([2, 32, 43, 44, 76, 87]);

export const outcomeUnknown = (where: string, cause?: unknown): MillraceError =>
  new MillraceError('kafka.write-outcome-unknown', `${where}: the broker may hold the records`, {
    retryable: true,
    cause,
  });

export const judgeWrite = (
  errorCode: number,
  batch: PendingBatch,
  where: string,
  transactional: boolean,
): WriteVerdict => {
  const message = `${where}: ${errorName(errorCode)}`;
  if (errorCode === ERROR.none) return { kind: 'written' };
  if (errorCode === ERROR.messageTooLarge || errorCode === ERROR.recordListTooLarge) {
    if (batch.count > 1) return { kind: 'split' };
    return { kind: 'refuse', reason: new MillraceError('kafka.record-too-large', message) };
  }
  if (transactional && isFenced(errorCode)) {
    return { kind: 'refuse', reason: new MillraceError('kafka.fenced', message) };
  }
  if (lostTrack.has(errorCode) || isFenced(errorCode)) {
    return { kind: 'renew-identity', reason: outcomeUnknown(message) };
  }
  if (isLeaderError(errorCode) || errorCode === ERROR.concurrentTransactions) {
    const unknown = errorCode === ERROR.unknownTopicOrPartition;
    const code = unknown ? 'kafka.unknown-topic' : 'kafka.unavailable';
    return { kind: 'retry', reason: new MillraceError(code, message, { retryable: !unknown }) };
  }
  if (refusesRecords.has(errorCode)) {
    return { kind: 'refuse', reason: new MillraceError('kafka.record-refused', message) };
  }
  return { kind: 'refuse', reason: refused(errorCode, `writing to ${where}`) };
};
