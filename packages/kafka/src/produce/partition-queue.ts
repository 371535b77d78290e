import { MillraceError } from '@millrace/contracts';
import type { PartitionWritten, ProducerIdentity } from '../messages/produce-messages.ts';
import { stampBatch } from '../wire/record-batch-encoder.ts';
import { type PendingBatch, splitPendingBatch } from './pending-batch.ts';
import { judgeWrite, outcomeUnknown } from './write-verdict.ts';

/**
 * The batches of one partition, in order, one in flight at most: so a batch can be sent again under its
 * own sequence number and nothing can overtake it (T17, T18). It does no I/O.
 */
export interface PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  readonly length: () => number;
  push(batches: readonly PendingBatch[]): void;
  /** The batch to send next, or undefined: none, still being compressed, in flight, or no identity. */
  ready(): PendingBatch | undefined;
  needsIdentity(): boolean;
  /** The identity under which the next sequence number is in doubt: not to be used here again. */
  lostIdentity(): ProducerIdentity | undefined;
  useIdentity(identity: ProducerIdentity): void;
  /** Stamps the batch that is ready and marks it as in flight. */
  take(): Buffer;
  /** The broker's answer. Returns true when the batch is to be sent again after a pause. */
  answered(answer: PartitionWritten): boolean;
  /** No answer came; `sent` says whether the request may have reached the broker. */
  unanswered(error: Error, sent: boolean): void;
  /** Rejects what is past its deadline. */
  expire(nowMs: number): void;
  /** Rejects everything. */
  abandon(error: Error): void;
}

/** Sequence numbers wrap within 31 bits: Integer.MAX_VALUE is followed by 0 (T19). */
export const advanceSequence = (sequence: number, count: number): number => {
  const next = sequence + count;
  return next > 0x7fff_ffff ? next - 0x8000_0000 : next;
};

export const createPartitionQueue = (
  topic: string,
  partition: number,
  { transactional, firstSequence = 0 }: { transactional: boolean; firstSequence?: number },
): PartitionQueue => {
  const where = `${topic}-${partition}`;
  const queue: PendingBatch[] = [];
  let identity: ProducerIdentity | undefined;
  let lost: ProducerIdentity | undefined;
  let sequence = firstSequence;
  let inFlight = false;
  /** Why the head is still here: told to its sender when the deadline passes. */
  let lastReason: Error | undefined;

  const settleHead = (settle: (batch: PendingBatch) => void) => {
    settle(queue.shift()!);
    lastReason = undefined;
  };

  /** The head's fate stays open, so its sequence number must never be used for another batch. */
  const loseIdentity = () => {
    lost = identity;
    identity = undefined;
    sequence = 0;
  };

  const giveUpHead = (error: Error) => {
    const ambiguous = queue[0]!.ambiguous;
    if (ambiguous) loseIdentity();
    settleHead((batch) => batch.failed(ambiguous ? outcomeUnknown(where, error) : error));
  };

  return {
    topic,
    partition,
    length: () => queue.length,
    push: (batches) => void queue.push(...batches),
    ready: () => (inFlight || identity === undefined || !queue[0]?.bytes ? undefined : queue[0]),
    needsIdentity: () => identity === undefined && queue.length > 0,
    lostIdentity: () => lost,
    useIdentity(next) {
      identity = next;
    },
    take() {
      const batch = queue[0]!;
      if (batch.stampedWith !== identity) {
        stampBatch(batch.bytes!, { ...identity!, baseSequence: sequence, transactional });
        batch.stampedWith = identity;
      }
      inFlight = true;
      return batch.bytes!;
    },
    answered({ errorCode, baseOffset }) {
      if (!inFlight) return false; // abandoned meanwhile
      inFlight = false;
      const head = queue[0]!;
      const verdict = judgeWrite(errorCode, head, where, transactional);
      switch (verdict.kind) {
        case 'written': {
          const { count } = head;
          sequence = advanceSequence(sequence, count);
          settleHead((batch) => batch.written([{ count, baseOffset }]));
          return false;
        }
        case 'split':
          queue.splice(0, 1, ...splitPendingBatch(head));
          return false;
        case 'refuse':
          settleHead((batch) => batch.failed(verdict.reason));
          return false;
        case 'renew-identity':
          loseIdentity();
          // Without an unanswered try before it, the refusal says that the batch was not written.
          if (head.ambiguous || transactional) settleHead((batch) => batch.failed(verdict.reason));
          return true;
        case 'retry':
          lastReason = verdict.reason;
          return true;
      }
    },
    unanswered(error, sent) {
      if (!inFlight) return;
      inFlight = false;
      lastReason = error;
      if (sent) queue[0]!.ambiguous = true;
    },
    expire(nowMs) {
      while (!inFlight && queue.length > 0 && queue[0]!.encoding.deadlineMs <= nowMs) {
        giveUpHead(
          lastReason ??
            new MillraceError('kafka.unavailable', `${where}: not sent in time`, {
              retryable: true,
            }),
        );
      }
    },
    abandon(error) {
      if (inFlight) queue[0]!.ambiguous = true;
      inFlight = false;
      while (queue.length > 0) giveUpHead(error);
    },
  };
};
