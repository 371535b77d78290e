/**
 * Records of one key that wait for partners, those of one slice of time in one list: a slice costs what a
 * single millisecond would, and a list is written again with each record that joins it, so slices are short.
 * Three places a record: twice its offset in the slice and one if it has been matched, how far its watermark
 * lay behind it (small numbers, which cost no memory of their own), and its value.
 */
export type HeldRecords = unknown[];

/** Places a record takes. */
export const HELD_PLACES = 3;

/** About as long as commits are apart: a list is then written about once. */
const SLICE_MS_MAX = 100;
/** Of the window's length: what a slice keeps beyond its window is little. */
const SLICES_MIN = 16;

/** The length of the slices of a window, ms; at least 1. */
export const sliceLength = (windowMs: number): number =>
  Math.max(1, Math.min(SLICE_MS_MAX, Math.floor(windowMs / SLICES_MIN)));

export interface HeldRecord {
  readonly offsetMs: number;
  /** Infinity where there was no watermark yet. */
  readonly behindMs: number;
  readonly value: unknown;
  readonly matched: boolean;
}

export const hold = (
  records: HeldRecords,
  { offsetMs, behindMs, value, matched }: HeldRecord,
): void => {
  records.push(offsetMs * 2 + Number(matched), behindMs, value);
};

/** Of the record that begins at this place. */
export const offsetAt = (records: HeldRecords, at: number): number => (records[at] as number) >> 1;
export const behindAt = (records: HeldRecords, at: number): number => records[at + 1] as number;
export const valueAt = (records: HeldRecords, at: number): unknown => records[at + 2];
export const isMatchedAt = (records: HeldRecords, at: number): boolean =>
  ((records[at] as number) & 1) === 1;
export const markMatchedAt = (records: HeldRecords, at: number): void => {
  records[at] = (records[at] as number) | 1;
};
