/**
 * How far this door knows its topics whole: every id of every door that stands before is in a block, or will be in this door's
 * next one. It says so with its words, so a door that starts reads from there, however many doors were killed before and
 * have not been taken for dead yet; and nothing that was read for one silent door is read again for another. Pure: it
 * reads nothing itself.
 */
import { type DoorSeries, highest, knownBefore } from './door-series.ts';
import type { Ends } from './known-ends.ts';

export interface KnownTails {
  /** From where a topic is to be read so that all that these doors have not told is known; undefined when no door tells of it. */
  startOf(doors: readonly DoorSeries[], topic: string): readonly number[] | undefined;
  /**
   * It was read from there up to `to`, for these doors. What was read from as far back as the topic is known whole was read
   * for all; so was what a door reads of all doors at its start.
   */
  read(
    doors: readonly DoorSeries[],
    topic: string,
    tail: { readonly from: readonly number[] | undefined; readonly to: readonly number[] },
  ): void;
  /** What it knows whole, when these are the doors that it has heard, itself among them as `own`. */
  whole(series: readonly DoorSeries[], own: string): Ends;
}

export const createKnownTails = (): KnownTails => {
  const wholes = new Map<string, readonly number[]>();
  /** By door, then by topic: how far it was read for a door that does not say so itself. */
  const readFor = new Map<string, Map<string, readonly number[]>>();
  /** What this door said last. */
  let said: Ends = {};

  /** What is known of the door: told by it, or read. */
  const reach = (one: DoorSeries): DoorSeries => {
    const read = readFor.get(one.door);
    if (read === undefined) return one;
    const ends = Object.entries(one.ends).map(([topic, offsets]) => [
      topic,
      highest([offsets, read.get(topic) ?? []]),
    ]);
    return { ...one, ends: Object.fromEntries(ends) };
  };

  /** A topic whose end went back was made anew: nothing of it is known. */
  const forgetMadeAnew = (ends: Ends) => {
    for (const [topic, before] of Object.entries(said)) {
      if (!before.some((offset, partition) => (ends[topic]?.[partition] ?? offset) < offset))
        continue;
      wholes.delete(topic);
      for (const read of readFor.values()) read.delete(topic);
    }
    said = ends;
  };

  return {
    startOf: (doors, topic) => {
      const told = knownBefore(doors.map(reach), topic);
      const whole = wholes.get(topic);
      return told === undefined && whole === undefined
        ? undefined
        : highest([told ?? [], whole ?? []]);
    },
    read: (doors, topic, { from, to }) => {
      const whole = wholes.get(topic);
      const isFirst = whole === undefined;
      wholes.set(
        topic,
        to.map((offset, partition) => {
          const known = whole?.[partition] ?? 0;
          return isFirst || (from?.[partition] ?? 0) <= known ? Math.max(offset, known) : known;
        }),
      );
      for (const { door } of doors) {
        const read = readFor.get(door) ?? new Map<string, readonly number[]>();
        readFor.set(door, read.set(topic, highest([read.get(topic) ?? [], to])));
      }
    },
    whole: (series, own) => {
      const word = series.find(({ door }) => door === own);
      if (word !== undefined) {
        forgetMadeAnew(word.ends);
        const open = series.filter(({ isClosed }) => !isClosed).map(reach);
        for (const topic of Object.keys(word.ends))
          wholes.set(topic, highest([wholes.get(topic) ?? [], knownBefore(open, topic) ?? []]));
        const doors = new Set(open.map(({ door }) => door));
        for (const door of readFor.keys()) if (!doors.has(door)) readFor.delete(door);
      }
      return Object.fromEntries(wholes);
    },
  };
};
