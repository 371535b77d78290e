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
export type {
  CompatibilityLevel,
  Contract,
  StreamSource,
  TopicSettings,
  Warehouse,
  WarehouseColumn,
  WarehouseRole,
} from './contract.ts';
export { type ErrorCode, type ErrorDoc, errorCodes } from './error-codes.ts';
export { cloudEventHeaders, deadLetterHeaders } from './headers.ts';
export { MillraceError } from './millrace-error.ts';
export type { ProjectFile } from './project/contract-files.ts';
export { type ContractProblem, formatProblem } from './project/contract-problem.ts';
export { type ProjectReading, parseProject } from './project/parse-project.ts';
export {
  changeTopic,
  changeTopicPrefix,
  deadTopic,
  eventTopic,
  internalTopic,
  keySubject,
  valueSubject,
} from './topics.ts';
export { type ColumnProblem, checkColumn } from './warehouse/check-column.ts';
export { columnType } from './warehouse/column-type.ts';
export { rawTableDdl, viewDdl } from './warehouse/table-ddl.ts';
export {
  deduplicationWindowInserts,
  hasWarehouse,
  metadataColumns,
  type TableColumn,
  type WarehouseContract,
} from './warehouse/warehouse-table.ts';
