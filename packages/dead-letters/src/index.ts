export {
  createFloodControl,
  type FloodControl,
  type FloodControlOptions,
  type FloodPartition,
  type Judged,
} from './flood/flood-control.ts';
export { createFloodGuard, type FloodGuard, type FloodLimits } from './flood/flood-guard.ts';
export {
  type AcceptOrder,
  type Flood,
  type FloodLog,
  type FloodLogState,
  openFloodLog,
} from './flood/flood-log.ts';
export { floodLimits, floodSettings } from './flood/flood-settings.ts';
