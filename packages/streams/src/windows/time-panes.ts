import type { TimeWindow } from './window-kinds.ts';

/**
 * Time cut into the longest pieces that no window's beginning or end divides: the panes. A record belongs to
 * one pane, and a window is a whole number of them, so what overlapping windows have in common is computed once
 * (Li et al., "No Pane, No Gain", 2005).
 */
export interface TimePanes {
  readonly paneMs: number;
  /** What all times of one pane have in common; the same object until another pane is asked for. */
  at(timeMs: number): Pane;
  /** The first window, by its start, that is still open at a watermark. */
  firstOpenStart(watermarkMs: number): number;
}

export interface Pane {
  readonly startMs: number;
  readonly endMs: number;
  /** Starts of the first and the last window with this pane in it. */
  readonly firstStartMs: number;
  readonly lastStartMs: number;
  /** The watermarks from which the first and the last of these windows are closed. */
  readonly firstClosesMs: number;
  readonly lastClosesMs: number;
}

export const timePanes = ({ sizeMs, advanceMs, graceMs }: TimeWindow): TimePanes => {
  const paneMs = greatestCommonDivisor(sizeMs, advanceMs);

  const paneAt = (timeMs: number): Pane => {
    const startMs = floorTo(timeMs, paneMs);
    const first = floorTo(timeMs - sizeMs, advanceMs) + advanceMs;
    // No window lies across 1970: the first ones of positive times begin at 0.
    const firstStartMs = first < 0 && timeMs >= 0 ? 0 : first;
    const lastStartMs = floorTo(timeMs, advanceMs);
    return {
      startMs,
      endMs: startMs + paneMs,
      firstStartMs,
      lastStartMs,
      firstClosesMs: firstStartMs + sizeMs + graceMs,
      lastClosesMs: lastStartMs + sizeMs + graceMs,
    };
  };

  let pane = paneAt(0);
  return {
    paneMs,
    at(timeMs) {
      if (timeMs < pane.startMs || timeMs >= pane.endMs) pane = paneAt(timeMs);
      return pane;
    },
    firstOpenStart: (watermarkMs) => floorTo(watermarkMs - graceMs - sizeMs, advanceMs) + advanceMs,
  };
};

/** The greatest multiple of a step that is not above. */
export const floorTo = (timeMs: number, stepMs: number): number => {
  const over = timeMs % stepMs;
  return over < 0 ? timeMs - over - stepMs : timeMs - over;
};

const greatestCommonDivisor = (a: number, b: number): number =>
  b === 0 ? a : greatestCommonDivisor(b, a % b);
