/**
 * Ends what Kafka holds of an earlier capture, before a snapshot is taken in its place: position, tables, how far their
 * snapshots are. A start that found the old position beside the new slot would take them for one another and pass over,
 * without a word, what was committed between the two. Keys that are blocked stay so.
 */
import { capturedTablesFact, snapshotFact } from '@millrace/contracts';
import type { TransactionalProducer } from '@millrace/kafka';
import type { PositionLog } from '../position-log.ts';
import { readProgress } from '../snapshot/table-progress.ts';
import type { StateLog } from '../state-log.ts';

export interface ForgetOptions {
  readonly producer: Pick<TransactionalProducer, 'transaction'>;
  readonly positions: Pick<PositionLog, 'endRecord'>;
  readonly state: Pick<StateLog, 'recordOf'>;
  /** What the state log says. */
  readonly remembered: ReadonlyMap<string, Buffer>;
}

/** In one transaction: cut off anywhere, the next start either knows all of it or begins as the very first one. Throws kafka.* errors. */
export const forgetCapture = (options: ForgetOptions): Promise<void> => {
  const { producer, positions, state, remembered } = options;
  const facts = [capturedTablesFact, ...readProgress(remembered).map(snapshotFact)];
  return producer.transaction(async (transaction) => {
    await transaction.send([
      positions.endRecord(),
      ...facts.map((key) => state.recordOf(key, null)),
    ]);
  });
};
