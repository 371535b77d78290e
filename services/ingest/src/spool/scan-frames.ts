/**
 * Finds the frames in a segment's bytes, whatever happened to them: a tail that was torn off while it was written is
 * told from damage in the middle, and frames behind damage are found again. It changes nothing on the disk.
 */
import {
  FRAME_HEADER_BYTES,
  FRAME_MARKER,
  isPayloadWhole,
  readFrameHeader,
} from './spool-frame.ts';

export interface FoundFrame {
  readonly sequence: number;
  readonly start: number;
  readonly end: number;
}

export interface SegmentScan {
  readonly frames: readonly FoundFrame[];
  /** Ranges that once held frames and cannot be read. */
  readonly damaged: readonly { readonly from: number; readonly to: number }[];
  /** Where whole frames and damage end; what is behind was never finished, so never answered for. */
  readonly end: number;
}

/**
 * A frame was torn when the bytes end inside it, or were never written (zeros, after a loss of power). Everything else
 * that is not a frame is damage: up to the next whole frame whose sequence number goes on, or to the end.
 * @param minSequence the first frame's sequence number is not below
 */
export const scanFrames = (bytes: Buffer, salt: number, minSequence = 0): SegmentScan => {
  const frames: FoundFrame[] = [];
  const damaged: { from: number; to: number }[] = [];
  let next = minSequence;
  let at = 0;
  while (at < bytes.length) {
    const frame = wholeFrame(bytes, at, salt, next);
    if (frame !== undefined) {
      frames.push(frame);
      next = frame.sequence + 1;
      at = frame.end;
      continue;
    }
    const resumed = nextWholeFrame(bytes, at + 1, salt, next);
    if (resumed === undefined && isTorn(bytes, at, salt)) return { frames, damaged, end: at };
    damaged.push({ from: at, to: resumed ?? bytes.length });
    at = resumed ?? bytes.length;
  }
  return { frames, damaged, end: at };
};

const wholeFrame = (
  bytes: Buffer,
  start: number,
  salt: number,
  minSequence: number,
): FoundFrame | undefined => {
  const header = readFrameHeader(bytes, start, salt);
  if (header === undefined || header.end > bytes.length || header.sequence < minSequence)
    return undefined;
  return isPayloadWhole(bytes, start, header.end, salt)
    ? { sequence: header.sequence, start, end: header.end }
    : undefined;
};

const nextWholeFrame = (
  bytes: Buffer,
  from: number,
  salt: number,
  minSequence: number,
): number | undefined => {
  for (let at = bytes.indexOf(FRAME_MARKER, from); at !== -1; ) {
    if (wholeFrame(bytes, at, salt, minSequence) !== undefined) return at;
    at = bytes.indexOf(FRAME_MARKER, at + 1);
  }
  return undefined;
};

const isTorn = (bytes: Buffer, at: number, salt: number): boolean => {
  const header = readFrameHeader(bytes, at, salt);
  if (header !== undefined)
    return header.end > bytes.length || isZero(bytes, at + FRAME_HEADER_BYTES);
  if (isZero(bytes, at)) return true;
  const rest = bytes.length - at;
  if (rest >= FRAME_HEADER_BYTES) return false;
  const marker = Math.min(rest, FRAME_MARKER.length);
  return bytes.compare(FRAME_MARKER, 0, marker, at, at + marker) === 0;
};

const isZero = (bytes: Buffer, from: number): boolean => {
  for (let at = from; at < bytes.length; at += 1) if (bytes[at] !== 0) return false;
  return true;
};
