export type { CatchUp } from './caught-up.ts';
export {
  emptyVerdict,
  type JudgedAgainst,
  judgeWindow,
  type OpenVerdict,
  type PartitionVerdict,
} from './judge-window.ts';
export {
  createRangeList,
  type OffsetRange,
  type RangeList,
  rangesText,
} from './offset-ranges.ts';
export {
  offsetsInTable,
  paramsOf,
  rowsOfLog,
  type TableOfTopic,
} from './table-offsets.ts';
export { type GroupPosition, groupPosition, readTopicLog, type TopicLog } from './topic-log.ts';
export {
  createDeadOffsetsReader,
  type DeadOffsets,
  type DeadOffsetsByTopic,
  recordOffsets,
} from './topic-offsets.ts';
export {
  type DimensionStep,
  type DimensionVerdict,
  dimensionSteps,
  type VerifyDimensionOptions,
  verifyDimension,
  type WrongRow,
} from './verify-dimension.ts';
export { type FactVerdict, type VerifyFactOptions, verifyFact } from './verify-fact.ts';
