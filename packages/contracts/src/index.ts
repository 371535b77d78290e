export type {
  About,
  AboutField,
  AuthoritativeLink,
  Contact,
  Ending,
  TeamMember,
} from './about.ts';
export { contractStatuses } from './about.ts';
export { parseAccessFile } from './access/access-file.ts';
export {
  type AccessGrant,
  type AccessModel,
  accessModel,
  analystProfile,
  probedSystemTables,
  profileSettings,
  quotaLimits,
  unknownRoles,
} from './access/access-model.ts';
export { accessStatements, othersPolicy, wholePolicy } from './access/access-sql.ts';
export type { AccessFile } from './access/access-words.ts';
export { accessXml } from './access/access-xml.ts';
export {
  analystClassification,
  type Classification,
  classifications,
  mayRead,
} from './access/classification.ts';
export { maskedColumn } from './access/masked-view.ts';
export { parseAvroSchema, parseAvroSchemaText } from './avro/parse-schema.ts';
export type {
  AvroArray,
  AvroEnum,
  AvroField,
  AvroFixed,
  AvroLogical,
  AvroMap,
  AvroNode,
  AvroPrimitive,
  AvroPrimitiveNode,
  AvroRecord,
  AvroUnion,
} from './avro-schema.ts';
export { capturedTablesFact, snapshotFact, snapshotFactPrefix } from './capture-facts.ts';
export {
  CLAIM_TEXT_BYTES_MAX,
  type Claim,
  claimText,
  claimToken,
  memoryAt,
  type Position,
  parsePosition,
} from './claim-text.ts';
export type {
  CompatibilityLevel,
  Contract,
  DictionarySettings,
  Identity,
  IngestSettings,
  Reader,
  SchemaChangePolicy,
  StreamSource,
  TopicSettings,
  Warehouse,
  WarehouseColumn,
  WarehouseRole,
} from './contract.ts';
export { compatibilityLevels, schemaChangePolicies } from './contract.ts';
export { type ErrorCode, type ErrorDoc, errorCodes } from './error-codes.ts';
export { checkEvolution } from './evolution/check-evolution.ts';
export type { EvolutionProblem, EvolutionRule } from './evolution/evolution-rules.ts';
export {
  cloudEventHeaders,
  deadLetterHeaders,
  millraceHeaders,
  redriveHeaders,
  transformHeaders,
} from './headers.ts';
export {
  type IngestKey,
  type KeyLimits,
  type KeySecret,
  type KeyState,
  keyRecordKey,
  keyStateAt,
  keyUseRecordKey,
  parseIngestKey,
  parseKeysFile,
} from './ingest-keys/ingest-key.ts';
export { hashKeyToken, keyIdOf, mintKeyToken, newKeyId } from './ingest-keys/key-token.ts';
export { scopePattern, scopesCover } from './ingest-keys/scope.ts';
export type { AccessInput, AccessSettings, TransformTopics } from './kafka-access/access-input.ts';
export {
  type AclEntry,
  type AclOperation,
  type AclResource,
  type AclRule,
  aclOperations,
  aclResources,
  entriesOf,
  entryText,
  type PrincipalRules,
} from './kafka-access/acl-rule.ts';
export { aclCommands } from './kafka-access/acl-text.ts';
export { kafkaAccess } from './kafka-access/service-rules.ts';
export { type StrimziAuthentication, strimziUser } from './kafka-access/strimzi-user.ts';
export { keyParts, keyText } from './key-text.ts';
export { type LogMark, withLogMark, withoutLogMark } from './log-mark.ts';
export {
  incarnationOf,
  type LogIdentity,
  logFields,
  memoryFields,
  POSITION_TEXT_VERSION,
  restingText,
  type TableMemory,
} from './log-position.ts';
export {
  type Migration,
  type MigrationStatement,
  parseMigrations,
} from './migrations/migration-files.ts';
export { MillraceError } from './millrace-error.ts';
export { nearestWord } from './nearest-word.ts';
export {
  mintOperationsToken,
  type OperationsToken,
  operationsTokenId,
  parseOperationsTokens,
} from './operations-tokens/operations-token.ts';
export type { ActualColumn, ActualTable } from './plan/actual-table.ts';
export { type Drift, findDrift, type Inventory } from './plan/drift.ts';
export {
  type BegunDecision,
  type MigrationAction,
  planMigrations,
  type StatementRecord,
} from './plan/migrations.ts';
export type { PlanStep, StepKind } from './plan/plan-step.ts';
export {
  planSubjects,
  type SubjectAction,
  type SubjectState,
  type WantedSubject,
  wantedSubjects,
} from './plan/subjects.ts';
export type { TableAction, TableStep } from './plan/table-step.ts';
export { planTables } from './plan/tables.ts';
export {
  auditTopicSettings,
  cdcStateTopicSettings,
  deadFloodsTopicSettings,
  deadRedrivesTopicSettings,
  deadRefusedAgainTopicSettings,
  deadTopicSettings,
  deadTransformedAgainTopicSettings,
  ingestKeysTopicSettings,
  ingestPositionsTopicSettings,
  planTopics,
  platformTopics,
  positionsTopicSettings,
  spoolPositionsTopicSettings,
  streamGatesTopicSettings,
  type TopicAction,
  topicConfig,
  transformsTopicSettings,
  type WantedTopic,
  wantedTopics,
} from './plan/topics.ts';
export {
  alertsContract,
  canaryId,
  isPlatformContract,
  platformFilesOf,
  qualityResultsContract,
  redrivenEventsId,
  rejectedEventsId,
  withPlatformContracts,
} from './platform/platform-contracts.ts';
export { checkHistory } from './project/check-history.ts';
export type { ProjectFile } from './project/contract-files.ts';
export { type ContractProblem, formatProblem } from './project/contract-problem.ts';
export type { ProjectReading } from './project/parse-files.ts';
export { parseProject } from './project/parse-project.ts';
export { expressionNames } from './project/sql-columns.ts';
export {
  isRowCheck,
  type QualityAction,
  type QualityRule,
  qualityActions,
  type RowCheck,
  type RuleCheck,
  type RuleValue,
} from './quality/quality-rule.ts';
export { limitText, meetsLimit, type RuleLimit } from './quality/rule-limit.ts';
export {
  heldDecimal,
  heldValueText,
  namedValueText,
  type RuleValueForm,
} from './quality/rule-values.ts';
export { nextDueMs } from './quality/schedule.ts';
export { fillSqlRule } from './quality/sql-rule.ts';
export { slotNameOf } from './slot-name.ts';
export {
  type GateState,
  gateStates,
  mayLand,
  parseStreamGate,
  type StreamGate,
} from './stream-gates/stream-gate.ts';
export {
  auditTopic,
  cdcStateTopic,
  changelogTopic,
  changeTopic,
  changeTopicPrefix,
  deadFloodsTopic,
  deadRedrivesTopic,
  deadRefusedAgainTopic,
  deadTopic,
  deadTransformedAgainTopic,
  eventTopic,
  ingestIdsTopic,
  ingestKeysTopic,
  ingestPositionsTopic,
  internalTopic,
  keySubject,
  positionsTopic,
  repartitionTopic,
  spoolPositionsTopic,
  streamGatesTopic,
  taskTransactionalId,
  topicPart,
  transformGroup,
  transformsTopic,
  valueSubject,
} from './topics.ts';
export { renderTransformTypes } from './typescript/render-transform-types.ts';
export { renderRecordTypes, renderTypes } from './typescript/render-types.ts';
export { type ColumnProblem, checkColumn } from './warehouse/check-column.ts';
export { type ClusterLayout, laidOutNames, laidOutObjects } from './warehouse/cluster-layout.ts';
export { columnType, decimalBytes } from './warehouse/column-type.ts';
export { historyView } from './warehouse/dimension-history.ts';
export { cutPlaceholder } from './warehouse/rollups.ts';
export { quoteName, quoteText } from './warehouse/sql-text.ts';
export { rawTableDdl, viewDdl, viewStatement } from './warehouse/table-ddl.ts';
export {
  type WarehouseObjects,
  warehouseNames,
  warehouseObjects,
} from './warehouse/warehouse-objects.ts';
export {
  deduplicationWindowInserts,
  hasWarehouse,
  metadataColumns,
  type TableColumn,
  type WarehouseContract,
} from './warehouse/warehouse-table.ts';
