/**
 * Doors that should have spoken: the topics that they tell of were written to, and a door that lives says within one round
 * how far it has come. What such a door took last is on the topics and in none of its blocks, so whoever notices reads
 * it there, long before the door is taken for dead. By this door's own clock, as words of others are heard.
 */
import type { DoorSeries } from './door-series.ts';

export interface SuspectDoors {
  /**
   * Those to be read now, each once a silence.
   * @param own how far this door has told, which is how far the topics reach
   */
  due(
    series: readonly DoorSeries[],
    own: DoorSeries | undefined,
    nowMs: number,
  ): readonly DoorSeries[];
  /** What they did not tell was read. */
  read(doors: readonly DoorSeries[]): void;
}

interface Silence {
  /** Of the door's last word. */
  readonly offset: number;
  readonly behindSinceMs: number;
  isRead: boolean;
}

/** @param silentMs how long a door that is behind may say nothing; one that is only slow is read in vain */
export const createSuspectDoors = (silentMs: number): SuspectDoors => {
  const silences = new Map<string, Silence>();
  return {
    due: (series, own, nowMs) => {
      if (own === undefined) return [];
      const due: DoorSeries[] = [];
      for (const one of series) {
        const { door, offset } = one;
        if (door === own.door || one.isClosed || !isBehind(one, own)) {
          silences.delete(door);
          continue;
        }
        const silence = silences.get(door);
        if (silence?.offset !== offset)
          silences.set(door, { offset, behindSinceMs: nowMs, isRead: false });
        else if (!silence.isRead && nowMs - silence.behindSinceMs >= silentMs) due.push(one);
      }
      return due;
    },
    read: (doors) => {
      for (const { door } of doors) {
        const silence = silences.get(door);
        if (silence !== undefined) silence.isRead = true;
      }
    },
  };
};

/** Of the topics that it tells of; those of another project are not ours to know. */
const isBehind = (door: DoorSeries, own: DoorSeries): boolean =>
  Object.entries(door.ends).some(([topic, ends]) =>
    own.ends[topic]?.some((end, partition) => end > (ends[partition] ?? 0)),
  );
