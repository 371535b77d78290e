/**
 * Which of the records that may be on a topic are: what the window would know them by, read back. It writes nothing.
 *
 * A spool may hold thousands of frames in doubt, a chunk of them in each comparison. What was read for one is kept for the
 * next, as a set of claims, and only what others have written since is read, however much is in doubt. The set holds the
 * end of the topic and what comes behind it, up to a bound, and is begun anew beyond.
 */
import {
  type Admin,
  createPartitionReader,
  type KafkaConnection,
  type OutgoingRecord,
  type PartitionBatch,
  type PartitionOffsets,
  type ProducedBatch,
} from '@millrace/kafka';
import { type ClaimRule, claimOfRecord, eachClaim } from '../window/claim-of.ts';
import { type ClaimSet, createClaimSet } from './claim-set.ts';
import type { SpoolFrame } from './spool-frame.ts';
import { visibleEnds } from './visible-ends.ts';

export interface WrittenClaimsOptions {
  readonly connection: KafkaConnection;
  readonly admin: Admin;
  /** How many records of the topic's end are looked through where a frame does not say from where. */
  readonly tailRecords: number;
  readonly rule: ClaimRule;
  /** So many records were read back. */
  readonly observeRead?: (records: number) => void;
}

export interface WrittenClaims {
  /**
   * The claims of the frames' records that stand on the topic, committed. Those of an aborted drain do not count: their
   * records are still in the spool.
   */
  among(frames: readonly SpoolFrame[]): Promise<ReadonlySet<string>>;
  /** These batches have been committed there: where nobody else wrote in between they need not be read back. */
  wrote(batches: readonly PartitionBatch[], produced: readonly ProducedBatch[]): void;
  close(): void;
}

/** A record as the spool gives it back: its headers are bytes. Every record of a spool has an id. */
export const claimOfSpooled = ({ headers }: OutgoingRecord, rule: ClaimRule): string =>
  claimOfRecord((headers ?? {}) as Record<string, Buffer>, rule) ?? '';

/** Below this it costs nothing to keep what is read. */
const KEPT_MIN = 100_000;

/** Of a partition: the records from `from` up to `to` are in the set. */
interface Held {
  readonly from: number;
  readonly to: number;
  /** What stands at `to`, if anything does, is the mark of our commit: no record. */
  readonly endsWithOurs?: boolean;
}

/** Nothing is read before it is asked. One question at a time. */
export const createWrittenClaims = (
  options: WrittenClaimsOptions,
  topic: string,
): WrittenClaims => {
  const { connection, admin, tailRecords, rule, observeRead = () => undefined } = options;
  const keptMax = 2 * Math.max(KEPT_MIN, tailRecords);
  let kept: ClaimSet = createClaimSet();
  const held = new Map<number, Held>();
  const reader = createPartitionReader(connection);

  const beginAnew = () => {
    kept = createClaimSet();
    held.clear();
  };

  const read = async (
    partition: number,
    { from, to }: Held,
    take: (claim: string) => void,
  ): Promise<void> => {
    if (from >= to) return;
    const where = { topic, partition, fromOffset: from, toOffset: to } as const;
    for await (const rows of reader.readRows({ ...where, isolation: 'read_committed' })) {
      eachClaim(rows, rule, take);
      observeRead(rows.length);
    }
  };

  /** Has the set hold the partition from this offset on to its end. */
  const hold = async ({ partition, high }: PartitionOffsets, from: number): Promise<Held> => {
    const before = held.get(partition);
    // Of a topic that has gone on by more than is looked through the end alone is held.
    const one: Held = before !== undefined && before.to >= from ? before : { from, to: from };
    if (from < one.from) await read(partition, { from, to: one.from }, kept.add);
    const isMark = one.endsWithOurs === true && high === one.to + 1;
    if (!isMark) await read(partition, { from: one.to, to: high }, kept.add);
    const now = { from: Math.min(from, one.from), to: Math.max(high, one.to) };
    held.set(partition, now);
    return now;
  };

  return {
    among: async (frames) => {
      const ends = await visibleEnds(admin, topic);
      const isShorter = ends.some(({ partition, high }) => high < (held.get(partition)?.to ?? 0));
      // Made anew, it has other records at these offsets.
      if (isShorter || kept.size() > keptMax) beginAnew();
      const perPartition = Math.ceil(tailRecords / Math.max(1, ends.length));
      const starts = startsOf(frames, ends, perPartition);
      const wanted = new Set<string>();
      for (const { records } of frames)
        for (const record of records) wanted.add(claimOfSpooled(record, rule));
      const written = new Set<string>();
      const compare = (claim: string) => {
        if (wanted.has(claim)) written.add(claim);
      };
      for (const [end, start] of starts) {
        const { partition, low, high } = end;
        const { from } = await hold(end, Math.max(low, start, high - perPartition));
        // What is further back is compared and not kept.
        await read(partition, { from: Math.max(low, start), to: from }, compare);
      }
      for (const claim of wanted) if (kept.has(claim)) written.add(claim);
      return written;
    },
    wrote: (batches, produced) => {
      for (const { partition, records } of batches) {
        const one = held.get(partition);
        const parts = produced.find((landed) => landed.partition === partition)?.parts ?? [];
        const to = one && endOf(parts, one);
        if (to === undefined) continue;
        for (const record of records) kept.add(claimOfSpooled(record, rule));
        held.set(partition, { from: one!.from, to, endsWithOurs: true });
      }
    },
    close: reader.close,
  };
};

/** Where these parts end when they follow what is held with nothing of others in between; else undefined. */
const endOf = (parts: ProducedBatch['parts'], { to, endsWithOurs }: Held): number | undefined => {
  const first = parts[0]?.baseOffset;
  const isNext = first === to || (endsWithOurs === true && first === to + 1);
  if (first === undefined || !isNext) return undefined;
  let end = first;
  for (const { baseOffset, count } of parts) {
    if (baseOffset !== end) return undefined;
    end += count;
  }
  return end;
};

/** From where each partition is to be compared; those that are not need no comparison. */
const startsOf = (
  frames: readonly SpoolFrame[],
  ends: readonly PartitionOffsets[],
  perPartition: number,
): ReadonlyMap<PartitionOffsets, number> => {
  const starts = new Map<PartitionOffsets, number>();
  const startAt = (end: PartitionOffsets, offset: number) =>
    starts.set(end, Math.min(offset, starts.get(end) ?? offset));
  let isAnywhere = false;
  for (const { partition, compareFrom = -1 } of frames) {
    const end = ends.find((one) => one.partition === partition);
    if (compareFrom < 0) isAnywhere = true;
    else if (end !== undefined) startAt(end, compareFrom);
  }
  // An event without a key may have gone to any partition when it was sent the first time.
  if (isAnywhere) for (const end of ends) startAt(end, end.high - perPartition);
  return starts;
};
