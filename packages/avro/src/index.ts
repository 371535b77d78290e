export {
  compileReader,
  compileWriter,
  type DatumReader,
  type DatumWriter,
} from './compiled-codec.ts';
export { createRegistryClient } from './connect-registry.ts';
export { containerCodecs, expandBlock } from './container-codec.ts';
export { isContainer, openContainer } from './container-read.ts';
export {
  type Container,
  type ContainerSplicer,
  compileSplicer,
  type FramedSpan,
  type SplicedField,
  type SpliceInput,
} from './container-splice.ts';
export { compileDatumCheck, type DatumCheck } from './datum-check.ts';
export { compileDatumInspector, type DatumInspector } from './datum-inspect.ts';
export {
  compileJsonEncoder,
  type JsonEncoder,
  type JsonEncoderOptions,
  type JsonEncoding,
} from './json-encoder.ts';
export type { JsonProblem, JsonRule } from './json-problem.ts';
export {
  compileRecordReader,
  type RecordReader,
  type RecordReaderOptions,
} from './record/compile-record-reader.ts';
export { compileRecordWriter, type RecordWriter } from './record/compile-record-writer.ts';
export { createDatumSlab, type DatumSlab } from './record/datum-slab.ts';
export type {
  RegisteredSchema,
  RegistryClient,
  RegistryOptions,
  SubjectVersion,
} from './registry-client.ts';
export { writeVarint, writeVarintBigInt } from './varint.ts';
export { FRAME_HEADER_BYTES, frame, frameSchemaId, writeFrameHeader } from './wire-format.ts';
