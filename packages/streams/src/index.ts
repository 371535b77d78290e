export { declaredTransforms, isTransform } from './declared-transforms.ts';
export { describeTransforms, type TransformDescription } from './describe-transforms.ts';
export type { DrivenFailure } from './driver/driven-events.ts';
export type { DrivenRecord } from './driver/driven-outputs.ts';
export type { StateEntry } from './driver/driven-stores.ts';
export {
  createDriver,
  type Driver,
  type DriverInput,
  type DriverOptions,
  type DriverOutput,
} from './driver/driver.ts';
export type { PipedRecord, PipeOptions } from './driver/piped-records.ts';
export type {
  ChangeContractId,
  ContractId,
  Contracts,
  ContractTypes,
  Fits,
  KeyedContractId,
  ReadOf,
  RecordContractId,
  RowChange,
  WriteOf,
} from './dsl/contract-types.ts';
export type { FromOptions, Sources, TimeOptions } from './dsl/sources.ts';
export type {
  AggregatedStream,
  AggregateOptions,
  AsOfJoinOptions,
  DeduplicateOptions,
  EnrichOptions,
  GlobalTable,
  GroupedTable,
  InOrderOptions,
  KeyedStream,
  LateRecord,
  Named,
  Rejected,
  RunningOptions,
  Stream,
  Table,
  TimedStream,
  ValidateOptions,
  WindowedStream,
  WindowOptions,
} from './dsl/stream.ts';
export { type Duration, durationMs } from './durations.ts';
export { type EventTime, eventTimeOf } from './event-time.ts';
export { besideName, besideTopic, besideTransform } from './evolution/beside.ts';
export { compareShapes, type ShapeChange } from './evolution/compare-shapes.ts';
export {
  keepFolds,
  type MigrationPlan,
  migrationOf,
  planMigration,
  type StoreToMigrate,
  withGenerations,
} from './evolution/migration.ts';
export type {
  MigratedEntry,
  MigrateValue,
  Migrations,
  StoreMigration,
} from './evolution/migrations.ts';
export { ownTopics } from './evolution/own-topics.ts';
export { parseShape, shapeText } from './evolution/shape-text.ts';
export { type StoreShape, shapeOf, type TransformShape } from './evolution/transform-shape.ts';
export { type Flow, type LateInfo, NO_WATERMARK } from './flow.ts';
export { type CollectOptions, collect, first, last } from './folds/by-time.ts';
export { count } from './folds/count.ts';
export { type CustomFold, fold } from './folds/custom.ts';
export { type DistinctOptions, distinct, distinctEstimate } from './folds/distinct.ts';
export { max, min, type Ordered } from './folds/extremes.ts';
export type { Fold, Folds, ResultsOf } from './folds/fold.ts';
export { mean } from './folds/mean.ts';
export { type QuantileResults, type QuantilesOptions, quantiles } from './folds/quantiles.ts';
export { sum, sumBig } from './folds/sum.ts';
export { type TDigestOptions, tDigest } from './folds/t-digest.ts';
export { maxBy, minBy, type TopOptions, topN } from './folds/top.ts';
export { closeAheadOf } from './graph/close-ahead.ts';
export { type ContractFlow, contractFlows } from './graph/contract-flows.ts';
export {
  type GlobalTableNode,
  type Graph,
  type IdlePolicy,
  inputsOf,
  type Node,
  type OperatorNode,
  type OutputRef,
  passesValues,
  type RepartitionNode,
  type SinkNode,
  type SourceNode,
  type SourceOptions,
} from './graph/graph.ts';
export {
  type GraphView,
  graphView,
  type NodeView,
  type StageView,
  type StoreView,
} from './graph/graph-view.ts';
export { inputsLeadingTo, readFirstOf } from './graph/read-first.ts';
export { type RunningStage, startStage } from './graph/running-stage.ts';
export type { RefusedRecord, StageHost } from './graph/stage-host.ts';
export { cutIntoStages, type Stage, type StageInput, type StageOutput } from './graph/stages.ts';
export { type WhatComes, whatComesOf } from './graph/what-comes-of.ts';
export { whyNotAgain } from './graph/why-not-again.ts';
export type { JoinWindow } from './joins/join-window.ts';
export type { KeyPart } from './key-of.ts';
export type { Operator, OperatorContext, OperatorSpec } from './operator.ts';
export type { EnrichInfo } from './operators/enrich.ts';
export {
  type KeyContext,
  type KeyedState,
  keyedState,
  type ProcessContext,
  type ProcessLogic,
  type TimedState,
  timedState,
} from './operators/process.ts';
export type { RecordInfo } from './record-info.ts';
export { createMemoryKeyedStore } from './stores/memory-keyed-store.ts';
export { createMemoryTimedStore } from './stores/memory-timed-store.ts';
export { createSortedTimes, type SortedTimes } from './stores/sorted-times.ts';
export type {
  KeyedStore,
  KeyedStoreSpec,
  StoreSpec,
  Stores,
  TimedStore,
  TimedStoreSpec,
  ValueCodec,
} from './stores/store.ts';
export type { RowUpdate } from './tables/row-changes.ts';
export type { TableAggregate } from './tables/table-aggregate.ts';
export { type Transform, type TransformOptions, transform } from './transform.ts';
export { type PartitionTimes, parseTimes, timesText } from './watermarks/offset-metadata.ts';
export { createOriginClock, type OriginClock } from './watermarks/origin-clock.ts';
export {
  createTaskWatermark,
  type TaskWatermark,
  type TaskWatermarkOptions,
  type TaskWatermarkState,
  type WatermarkInput,
  type WatermarkMarker,
} from './watermarks/task-watermark.ts';
export { type Emission, type Every, every } from './windows/emission.ts';
export {
  type CountingWindow,
  counting,
  hopping,
  type SessionWindow,
  type SlidingWindow,
  session,
  sliding,
  type TimeWindow,
  tumbling,
  type WindowKind,
} from './windows/window-kinds.ts';
export type { KeyResult, WindowBounds, WindowResult } from './windows/window-result.ts';
