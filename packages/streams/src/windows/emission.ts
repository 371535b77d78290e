import { type Duration, durationMs } from '../durations.ts';

/**
 * When results are handed on. `final`: once, when the window has closed. `update`: whenever they have
 * changed, once a commit. `every`: whenever they have changed, but at most so often by the clock, and once more when
 * the window has closed.
 */
export type Emission = 'final' | 'update' | Every;

export interface Every {
  readonly everyMs: number;
}

/** Throws `transform.invalid` for what is no duration. */
export const every = (duration: Duration): Every => ({ everyMs: durationMs(duration) });
