/** Which offsets a replay lands: what was asked for, within what Kafka holds and the sink has landed already. */
import { MillraceError, type WarehouseContract } from '@millrace/contracts';
import type { Admin } from '@millrace/kafka';
import { type FactVerdict, groupPosition } from '@millrace/reconcile';
import type { ReplayRange } from './replay-store.ts';

export interface WantedRange {
  readonly from?: number;
  /** Exclusive. */
  readonly to?: number;
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly partitions?: readonly number[];
  /** Also ranges that hold nothing yet: where a table is rebuilt, what comes next belongs to it. */
  readonly keepEmpty?: boolean;
}

/**
 * One range a partition. Throws `replay.refused` for offsets that Kafka has let go of,
 * and for offsets that the sink has not landed yet: it will, and then they would be there twice.
 */
export async function planRanges(
  contract: WarehouseContract,
  admin: Admin,
  liveGroup: string,
  wanted: WantedRange,
): Promise<readonly ReplayRange[]> {
  const topic = contract.topic.name;
  const momentOf = async (atMs: number | undefined) =>
    new Map(
      (atMs === undefined ? [] : await admin.offsetsAt(topic, atMs)).map((one) => [
        one.partition,
        one.offset,
      ]),
    );
  const [topicId, offsets, committed, fromTime, toTime] = await Promise.all([
    admin.topicId(topic),
    admin.partitionOffsets(topic),
    admin.committedOffsets(liveGroup, [topic]),
    momentOf(wanted.fromMs),
    momentOf(wanted.toMs),
  ]);
  const unknown = wanted.partitions?.find((one) => !offsets.some((at) => at.partition === one));
  if (unknown !== undefined) {
    throw new MillraceError('replay.refused', `${topic} has no partition ${unknown}`);
  }
  const ranges: ReplayRange[] = [];
  for (const { partition, low: begun, stable } of offsets) {
    if (wanted.partitions && !wanted.partitions.includes(partition)) continue;
    const found = committed.find((one) => one.partition === partition);
    const placed = groupPosition(found, topicId);
    const countsFrom = placed?.countsFrom ?? 0;
    // A table that is rebuilt takes the whole copy; into the live one only what landed as its records.
    const low = wanted.keepEmpty ? begun : Math.max(begun, countsFrom);
    const position = placed?.offset ?? low;
    const landed = Math.max(low, Math.min(position, stable));
    if (wanted.from !== undefined && wanted.from < low) {
      throw new MillraceError(
        'replay.refused',
        low > begun
          ? `${topic}/${partition} is a copy: what stands before offset ${low} landed as records of the topic that it was copied from`
          : `Kafka holds ${topic}/${partition} from offset ${low} on; ${wanted.from} is gone`,
      );
    }
    if (wanted.to !== undefined && wanted.to > landed) {
      throw new MillraceError(
        'replay.refused',
        `${liveGroup} stands at ${landed} of ${topic}/${partition}: what is behind it lands by itself`,
      );
    }
    const from = Math.max(low, wanted.from ?? fromTime.get(partition) ?? low);
    const end = Math.min(landed, wanted.to ?? toTime.get(partition) ?? landed);
    if (end > from || wanted.keepEmpty) ranges.push({ partition, from, end: Math.max(from, end) });
  }
  return ranges;
}

/** From the first to the last missing offset within each range; ranges that lack nothing are left out. */
export function onlyMissing(
  ranges: readonly ReplayRange[],
  verdict: FactVerdict,
): readonly ReplayRange[] {
  return ranges.flatMap((range) => {
    const { missing } = verdict.partitions.find((one) => one.partition === range.partition) ?? {};
    const within = (missing?.ranges ?? []).filter(
      ({ from, to }) => to >= range.from && from < range.end,
    );
    const first = within[0];
    if (first === undefined) return [];
    const kept = missing!.ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0);
    // of a list too long to keep, the end is still known
    const last = kept < missing!.total ? missing!.last! : within.at(-1)!.to;
    const from = Math.max(range.from, first.from);
    return [{ partition: range.partition, from, end: Math.min(range.end, last + 1) }];
  });
}
