import { NO_WATERMARK } from '../flow.ts';

/**
 * Event time of one partition of a source: the highest time seen, less the disorder that is allowed. It
 * depends on the partition's records alone, so it is the same in every replay.
 */
export interface OriginClock {
  /** Takes a record's time; answers the watermark as it stood before. */
  see(timeMs: number): number;
  watermarkMs(): number;
  /** The highest time seen; -Infinity before the first. What a restart must know. */
  readonly highestMs: number;
}

/** `highestBeforeMs`: what the partition had reached when it was left. */
export const createOriginClock = (
  disorderMs: number,
  highestBeforeMs: number = NO_WATERMARK,
): OriginClock => {
  let highestMs = highestBeforeMs;
  return {
    see(timeMs) {
      const before = highestMs - disorderMs;
      if (timeMs > highestMs) highestMs = timeMs;
      return before;
    },
    watermarkMs: () => highestMs - disorderMs,
    get highestMs() {
      return highestMs;
    },
  };
};
