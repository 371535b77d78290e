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
export {
  type Progress,
  runBoundedSink,
  type SinkPlaces,
  type SinkRange,
  type SinkRun,
} from './landing/bounded-sink.ts';
export {
  type LetterOutcome,
  letterKey,
  outcomeRecord,
  readLetterOutcomes,
} from './landing/letter-outcomes.ts';
export { runTransformAgain, type TransformAgain } from './landing/transform-again.ts';
export { openRedriveAudit, type RedriveAudit } from './rejected/audit-redrives.ts';
export { type RedriveCounts, type RedriveOptions, redrive } from './rejected/redrive.ts';
export {
  chooseRejected,
  listRejected,
  type RejectedEvent,
  type RejectedFilter,
  readRejected,
  readRejectedEvents,
  summarizeRejected,
} from './rejected/rejected-rows.ts';
export { isRepair, type Repair } from './rejected/repair-content.ts';
export type { Door, Fate } from './rejected/send-again.ts';
