/**
 * Where to go on, from what Kafka and PostgreSQL each know. The Kafka side is read behind the fence, so no
 * predecessor can add to it any more.
 *
 *   position  slot      meaning                                       → what to do
 *   yes       yes       the normal restart                            → stream from the position
 *   no        no        the very first start                          → snapshot
 *   no        yes       cut off before the first round of a snapshot  → drop the slot, snapshot
 *   yes       no/lost   log was lost                                  → stop, or snapshot (when_needed)
 *   ahead     any       the server went back to an older state        → stop: a snapshot would carry older LSNs
 *
 * "No" is also said by who takes a snapshot in the place of an earlier one, before it makes a slot (forget-capture.ts).
 */
import { MillraceError } from '@millrace/contracts';
import type { TransactionalProducer } from '@millrace/kafka';
import { formatLsn } from '@millrace/pgoutput';
import type { CdcConfig } from '../config.ts';
import type { Position } from '../position.ts';
import type { PositionLog } from '../position-log.ts';
import type { SlotState } from '../source/slot.ts';

export type Restored =
  | { readonly next: 'stream'; readonly position: Position }
  | { readonly next: 'end' }
  | { readonly next: 'snapshot'; readonly dropSlot: boolean };

/**
 * The last position that any instance will ever have committed. In the other order a predecessor that still lives could
 * commit between the two, and its changes would be written again.
 */
export const readFencedPosition = async (
  producer: Pick<TransactionalProducer, 'fence'>,
  positions: Pick<PositionLog, 'read'>,
): Promise<Position | undefined> => {
  await producer.fence();
  return positions.read();
};

export const restorePosition = (
  position: Position | undefined,
  slot: SlotState | undefined,
  systemId: string,
  snapshotMode: CdcConfig['snapshotMode'],
  isSnapshotComplete = true,
  walLsn: bigint = position?.commitLsn ?? 0n,
): Restored => {
  const snapshot: Restored = { next: 'snapshot', dropSlot: slot !== undefined };
  if (position === undefined) return snapshot;
  if (snapshotMode === 'initial_only') return isSnapshotComplete ? { next: 'end' } : snapshot;
  const sameSystem = position.systemId === systemId;
  // Streamed from there on, whatever is written up to the position would be passed over without a word.
  if (sameSystem && walLsn < position.commitLsn) {
    throw new MillraceError(
      'cdc.source-behind',
      `the log ends at ${formatLsn(walLsn)}, before the position ${formatLsn(position.commitLsn)}: PostgreSQL was restored to an older state, or a standby took over that lacked the last changes`,
    );
  }
  if (sameSystem && slot !== undefined && slot.lost === undefined)
    return { next: 'stream', position };
  if (snapshotMode === 'when_needed') return snapshot;
  const what = !sameSystem
    ? 'the position was taken from another PostgreSQL cluster'
    : slot === undefined
      ? 'the slot does not exist any more'
      : `PostgreSQL invalidated the slot (${slot.lost})`;
  throw new MillraceError('cdc.slot-lost', `${what}; changes since the last position are gone`);
};
