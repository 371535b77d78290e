/** Where every watched topic ends and where the sink stands on it, in four requests for all of them; and what waits behind it, where something does. */

import { deadTopic } from '@millrace/contracts';
import type { Admin, ClusterWatch, PartitionLayout } from '@millrace/kafka';
import { groupPosition } from '@millrace/reconcile';
import type { PartitionPosition, WatchedStream } from './watched-stream.ts';

export interface PositionReader {
  /**
   * Fills each stream's positions; none where its topic does not exist. A topic that was made anew begins a new ledger.
   * Rejects with `kafka.*`.
   * @returns ends of the sink's dead letters by partition
   */
  read(streams: readonly WatchedStream[]): Promise<ReadonlyMap<number, number>>;
  /** Overdue records and the oldest that waits, of streams where something does. Rejects with `kafka.*`. */
  readWaiting(streams: readonly WatchedStream[], nowMs: number): Promise<void>;
}

/** Partitions whose waiting records are looked at in one round; the others keep what was seen. */
const sightsMax = 500;

export const createPositionReader = (
  watch: ClusterWatch,
  admin: Admin,
  group: string,
): PositionReader => {
  let layout: PartitionLayout | undefined;

  const boundaries = async (streams: readonly WatchedStream[]) => {
    const topics = new Set(streams.map(({ contract }) => contract.topic.name));
    layout = await watch.layout([...topics, deadTopic('sink')]);
    const low = new Float64Array(layout.partitions);
    const stable = new Float64Array(layout.partitions);
    await Promise.all([
      watch.boundaries(layout, 'low', low),
      watch.boundaries(layout, 'stable', stable),
    ]);
    return { layout, low, stable };
  };

  return {
    read: async (streams) => {
      const ends = await boundaries(streams);
      const { topics } = ends.layout;
      const known = streams.filter(({ contract }) => topics.has(contract.topic.name));
      const names = [...new Set(known.map(({ contract }) => contract.topic.name))];
      const committed = names.length === 0 ? [] : await admin.committedOffsets(group, names);
      const byTopic = Map.groupBy(committed, ({ topic }) => topic);
      for (const stream of streams) {
        const place = topics.get(stream.contract.topic.name);
        if (place === undefined) {
          stream.positions = new Map();
          continue;
        }
        beginLog(stream, place.topicId);
        const positions = new Map<number, PartitionPosition>();
        for (let partition = 0; partition < place.partitions; partition += 1) {
          const begun = ends.low[place.first + partition]!;
          const stable = ends.stable[place.first + partition]!;
          if (Number.isNaN(begun) || Number.isNaN(stable)) continue;
          const found = byTopic.get(place.name)?.find((one) => one.partition === partition);
          const placed = positionOf(found, place.topicId);
          const low = Math.max(begun, placed?.countsFrom ?? 0);
          const at = placed?.offset ?? low;
          positions.set(partition, { low, stable, committed: Math.max(low, Math.min(at, stable)) });
        }
        stream.positions = positions;
      }
      return deadEnds(ends);
    },
    readWaiting: async (streams, nowMs) => {
      if (layout === undefined) return;
      let left = sightsMax;
      for (const stream of streams) {
        const waiting = [...stream.positions].filter(
          ([, { committed, stable }]) => committed < stable,
        );
        if (waiting.length > left) continue;
        left -= waiting.length;
        await readWaitingOf(stream, waiting, { watch, admin, layout, nowMs });
      }
    },
  };
};

/** Undefined where the group counts in another log; of an offset that is not the sink's, the offset alone. */
const positionOf = (
  found: { readonly offset: number; readonly metadata: string } | undefined,
  topicId: string,
): { readonly offset: number; readonly countsFrom: number } | undefined => {
  try {
    return groupPosition(found, topicId);
  } catch {
    return found && { offset: found.offset, countsFrom: 0 };
  }
};

const beginLog = (stream: WatchedStream, topicId: string): void => {
  if (stream.topicId !== undefined && stream.topicId !== topicId) {
    stream.ledgers.clear();
    stream.suspectSinceMs.clear();
    stream.sights.clear();
    stream.recentSinceMs = undefined;
    stream.hasLedgerChanged = true;
  }
  stream.topicId = topicId;
};

const deadEnds = ({
  layout,
  stable,
}: {
  readonly layout: PartitionLayout;
  readonly stable: Float64Array;
}): ReadonlyMap<number, number> => {
  const place = layout.topics.get(deadTopic('sink'));
  const ends = new Map<number, number>();
  for (let partition = 0; partition < (place?.partitions ?? 0); partition += 1) {
    const end = stable[place!.first + partition]!;
    if (!Number.isNaN(end)) ends.set(partition, end);
  }
  return ends;
};

interface WaitingSurroundings {
  readonly watch: ClusterWatch;
  readonly admin: Admin;
  readonly layout: PartitionLayout;
  readonly nowMs: number;
}

/** Stretches without records that are passed over at once; the rest is for the next round. */
const looksMax = 10;

/** Time of the first record that waits; undefined when there is none, or when the broker does not tell. */
const lookAt = async (
  { contract, sights }: WatchedStream,
  partition: number,
  { committed, stable }: Pick<PartitionPosition, 'committed' | 'stable'>,
  { watch, layout }: Pick<WaitingSurroundings, 'watch' | 'layout'>,
): Promise<number | undefined> => {
  const see = (offset: number) => watch.sight(layout, contract.topic.name, partition, offset);
  let sight = await see(committed);
  for (let look = 1; sight.kind === 'nothing' && sight.until < stable && look < looksMax; look += 1)
    sight = await see(sight.until);
  sights.delete(partition);
  const isNothing = sight.kind === 'nothing' && sight.until >= stable;
  const timestampMs = sight.kind === 'record' ? sight.timestampMs : undefined;
  if (isNothing || timestampMs !== undefined)
    sights.set(partition, { committed, stable, timestampMs });
  return timestampMs;
};

const readWaitingOf = async (
  stream: WatchedStream,
  waiting: readonly (readonly [number, PartitionPosition])[],
  { watch, admin, layout, nowMs }: WaitingSurroundings,
): Promise<void> => {
  const topic = stream.contract.topic.name;
  const { latencyMs } = stream.contract;
  let [oldestMs, idle] = [nowMs, 0];
  for (const [partition, { committed, stable }] of waiting) {
    const known = stream.sights.get(partition);
    const isKnown =
      known?.committed === committed &&
      (known.timestampMs !== undefined || known.stable === stable);
    const timestampMs = isKnown
      ? known.timestampMs
      : await lookAt(stream, partition, { committed, stable }, { watch, layout });
    if (timestampMs !== undefined) oldestMs = Math.min(oldestMs, timestampMs);
    else if (stream.sights.has(partition)) idle += stable - committed;
  }
  stream.oldestWaitingMs = nowMs - oldestMs;
  stream.idleOffsets = idle;
  stream.overdue = 0;
  if (latencyMs === undefined || stream.oldestWaitingMs <= latencyMs) return;
  const due = await admin.offsetsAt(topic, nowMs - latencyMs);
  for (const [partition, { committed, stable }] of waiting) {
    const before = due.find((one) => one.partition === partition)?.offset ?? committed;
    stream.overdue += Math.max(0, Math.min(before, stable) - committed);
  }
};
