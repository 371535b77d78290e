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
export {
  changeTopic,
  changeTopicPrefix,
  deadTopic,
  eventTopic,
  internalTopic,
  keySubject,
  valueSubject,
} from './topics.ts';
