/** What a fetch answer begins with for a reader of committed records, by the headers of its batches alone: nothing is unpacked. */
import type { RecordSight } from '../cluster-watch.ts';
import type { AbortedTransaction } from '../wire/committed-records.ts';
import { isAbortMarker, readBatchHeader } from '../wire/record-batch-decoder.ts';

/** @param fromOffset that was asked for; the first batch may begin before it */
export const sightOf = (
  batches: Buffer,
  aborted: readonly AbortedTransaction[],
  fromOffset: number,
): RecordSight => {
  const upcoming = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  const aborting = new Set<bigint>();
  let until = fromOffset;
  for (let position = 0; ; ) {
    const header = readBatchHeader(batches, position);
    if (header === undefined) return { kind: 'nothing', until };
    position = header.end;
    while (upcoming.length > 0 && upcoming[0]!.firstOffset < header.nextOffset)
      aborting.add(upcoming.shift()!.producerId);
    const isAborted = header.transactional && aborting.has(header.producerId);
    if (header.control) {
      if (isAbortMarker(batches, header)) aborting.delete(header.producerId);
      // a batch whose records compaction took away keeps its header
    } else if (!isAborted && header.count > 0 && header.nextOffset > fromOffset) {
      const timestampMs = header.appendTimeMs ?? header.baseTimestampMs;
      return { kind: 'record', offset: Math.max(fromOffset, header.baseOffset), timestampMs };
    }
    until = Math.max(until, header.nextOffset);
  }
};
