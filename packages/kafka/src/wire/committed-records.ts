import type { RecordPack } from '../records.ts';
import { isAbortMarker, readBatchHeader } from './record-batch-decoder.ts';
import { createRecordPacker } from './record-packs.ts';

/**
 * From the bytes of one partition in a fetch response to the records a reader may see: control batches and
 * batches of aborted transactions left out, and the offset to read next past all of them. The broker
 * already stops a read_committed fetch at the last stable offset.
 * Source: https://cwiki.apache.org/confluence/display/KAFKA/KIP-98 (aborted transaction index)
 */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

export interface ReadablePart {
  readonly packs: readonly RecordPack[];
  /** Past the last whole batch read; `fromOffset` when the response held none. */
  readonly nextOffset: number;
}

export const readCommittedRecords = (
  response: Buffer,
  aborted: readonly AbortedTransaction[],
  fromOffset: number,
): ReadablePart => {
  const upcoming = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  const aborting = new Set<bigint>();
  const packer = createRecordPacker(fromOffset);
  let nextOffset = fromOffset;
  let position = 0;
  for (;;) {
    const header = readBatchHeader(response, position);
    if (header === undefined) return { packs: packer.finish(), nextOffset };
    position = header.end;
    while (upcoming.length > 0 && upcoming[0]!.firstOffset < header.nextOffset) {
      aborting.add(upcoming.shift()!.producerId);
    }
    if (header.control) {
      if (isAbortMarker(response, header)) aborting.delete(header.producerId);
    } else if (!(header.transactional && aborting.has(header.producerId))) {
      packer.add(response, header);
    }
    nextOffset = Math.max(nextOffset, header.nextOffset);
  }
};
