export {
  type Alert,
  type AlertReport,
  type AlertSeverity,
  alertSeverities,
  type Silence,
} from './alerts.ts';
export type {
  CatalogEntry,
  CatalogField,
  CatalogList,
  CatalogPage,
  CatalogSample,
  ImpactObject,
  ImpactReport,
  ImpactRequest,
  LineageEdge,
  Participant,
  SchemaChange,
  SchemaVersion,
} from './catalog.ts';
export { type ConditionName, conditionNames } from './condition-names.ts';
export type {
  DeadLetter,
  DeadLetterContent,
  DeadLetterFilter,
  DeadLetterPage,
  DeadLetterReasons,
  RedriveReport,
  RedriveRequest,
} from './dead-letters.ts';
export {
  type AuditEntry,
  type AuditOutcome,
  type AuditPage,
  auditOutcomes,
  type CaptureReport,
  type CaptureState,
  type LoginWay,
  type Role,
  roles,
  type Session,
  type SqlRequest,
  type SqlResult,
  type TableReport,
  type TableState,
  type TransformReport,
  type TransformState,
} from './explore.ts';
export type {
  DimensionMatch,
  HealthHistory,
  HealthReport,
  PartitionRange,
  StreamCounts,
  StreamFreshness,
  StreamHealth,
} from './health.ts';
export {
  type FlowEdge,
  type FlowMap,
  type FlowNode,
  type GroupLag,
  type LagHistory,
  type LagReport,
  type LagState,
  lagStates,
  type PartitionLag,
  type TopicLag,
} from './lag.ts';
export {
  createOperationsClient,
  type OperationsClient,
  type OperationsClientOptions,
  type QueryValues,
} from './operations-client.ts';
export {
  type FailedSamples,
  type RuleAction,
  type RuleHistory,
  type RuleOutcome,
  type RuleResult,
  type RuleState,
  type RulesReport,
  ruleActions,
  ruleOutcomes,
} from './quality.ts';
export { type ConditionState, conditionStates, gravest, type Series } from './severity.ts';
