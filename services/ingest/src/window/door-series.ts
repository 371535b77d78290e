/**
 * How far the blocks of each door reach, as `_millrace.ingest.ids` tells, and so from where a topic must be read to
 * know every id. Pure: what a door does about it is id-log.ts.
 */
import type { DoorEnds } from './id-blocks.ts';

export interface DoorSeries extends DoorEnds {
  readonly door: string;
  /** Time and offset of its last record. */
  readonly seenMs: number;
  readonly offset: number;
}

/**
 * The offset of each partition before which every id of every door is in a block: the lowest of the doors that are
 * open, or what one of them knows whole. When all are closed, the highest, for what stood before it was read by whoever
 * closed them. Undefined when no door tells of the topic.
 */
export const knownBefore = (
  series: readonly DoorSeries[],
  topic: string,
): readonly number[] | undefined => {
  const told = series.filter(({ ends }) => ends[topic] !== undefined);
  const open = told.filter(({ isClosed }) => !isClosed);
  if (told.length === 0) return undefined;
  const of = (some: readonly DoorSeries[]) => some.map(({ ends }) => ends[topic]!);
  if (open.length === 0) return highest(of(told));
  const wholes = open.flatMap(({ whole }) => (whole?.[topic] === undefined ? [] : [whole[topic]]));
  return highest([byPartition(of(open), Math.min), ...wholes]);
};

const byPartition = (
  some: readonly (readonly number[])[],
  choose: (...offsets: number[]) => number,
): readonly number[] =>
  Array.from({ length: Math.max(0, ...some.map(({ length }) => length)) }, (_, partition) =>
    choose(...some.map((offsets) => offsets[partition] ?? 0)),
  );

/** The highest offset of each partition; one that a list lacks is 0 in it. */
export const highest = (some: readonly (readonly number[])[]): readonly number[] =>
  byPartition(some, Math.max);

/** Doors that have said nothing for so long that they are taken for dead, and that speak of no other topics. */
export const silentDoors = (
  series: readonly DoorSeries[],
  topics: ReadonlySet<string>,
  silentSinceMs: number,
): readonly DoorSeries[] =>
  series.filter(
    ({ isClosed, seenMs, ends }) =>
      !isClosed && seenMs < silentSinceMs && Object.keys(ends).every((topic) => topics.has(topic)),
  );

/** How many doors are open and have spoken since; 1 at least, for the one that asks. */
export const liveDoors = (series: readonly DoorSeries[], silentSinceMs: number): number =>
  Math.max(1, series.filter(({ isClosed, seenMs }) => !isClosed && seenMs >= silentSinceMs).length);
