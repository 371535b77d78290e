import type { Flow } from '../flow.ts';

/** How far an operator has been told that event time is: windows before are closed for good. */
export interface Reached {
  watermarkMs: number;
}

/**
 * The watermark by which a record is late. Its own one, which is never behind the operator's: unless event time went
 * on without the record's partition because it was idle. Windows that were closed then stay closed.
 */
export const judgingWatermark = (flow: Flow, { watermarkMs }: Reached): number =>
  flow.watermarkMs < watermarkMs ? watermarkMs : flow.watermarkMs;
