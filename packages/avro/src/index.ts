export type { ContainerSplicer, SplicedField, SpliceInput } from './container-splice.ts';
export type { JsonEncoder, JsonEncoding, JsonProblem } from './json-encoder.ts';
export type {
  RegisteredSchema,
  RegistryClient,
  RegistryOptions,
  SubjectVersion,
} from './registry-client.ts';
