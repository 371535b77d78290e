import type { LateInfo } from '../flow.ts';
import type { Pane } from './time-panes.ts';
import type { TimeWindow } from './window-kinds.ts';

/** What is told of a record that came after the last window with its time in it had closed. */
export const lateTimeWindow = (
  operator: string,
  { sizeMs }: TimeWindow,
  pane: Pane,
  watermarkMs: number,
): LateInfo => ({
  operator,
  windowStartMs: pane.lastStartMs,
  windowEndMs: pane.lastStartMs + sizeMs,
  lateByMs: watermarkMs - pane.lastClosesMs,
});
