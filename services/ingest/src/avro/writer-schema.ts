/**
 * How datums of one writer's schema are taken into a stream. Those of the contract's own schema, or of one that is
 * registered for the stream, go to Kafka byte by byte as they came; records of any other, as a file may have, are
 * resolved to the contract's by Avro's rules and encoded again. Where datums stand in a body is the work of body/.
 */
import {
  compileDatumInspector,
  compileRecordReader,
  compileRecordWriter,
  type DatumInspector,
  FRAME_HEADER_BYTES,
  frame,
  type JsonProblem,
  writeFrameHeader,
} from '@millrace/avro';
import { type AvroNode, type Contract, MillraceError } from '@millrace/contracts';

export interface WriterSchema {
  /** Finds where a datum ends and what is wrong with it. */
  readonly inspect: DatumInspector;
  /** Takes a datum that `inspect` found good, or tells what the contract has against it once it is resolved. */
  take(bytes: Buffer, start: number, end: number): TakenDatum | UnfitDatum;
}

export interface TakenDatum {
  /** The fields that identify and key the event, at least. */
  readonly value: Readonly<Record<string, unknown>>;
  /** Confluent wire format. */
  readonly datum: Buffer;
}

export interface UnfitDatum {
  readonly problems: readonly JsonProblem[];
}

/** A schema as a writer used it: its text, and what it says. */
export interface ReadSchema {
  readonly schemaText: string;
  readonly node: AvroNode;
}

/** Datums go on as they are, framed with `schemaId`. Throws `avro.schema-unusable` when the contract cannot read them. */
export const passOn = (
  contract: Contract,
  { schemaText, node }: ReadSchema,
  schemaId: number,
): WriterSchema => {
  const { key, identity } = contract;
  const fields = Array.isArray(identity) ? [...key, ...identity] : key;
  const read = compileRecordReader(schemaText, { readerSchemaText: contract.schemaText, fields });
  return {
    inspect: compileDatumInspector(node),
    take: (bytes, start, end) => ({
      value: read(bytes, start, end),
      datum: frame(schemaId, bytes.subarray(start, end)),
    }),
  };
};

/** Records are given the contract's shape. Throws `avro.schema-unusable` when that cannot be. */
export const resolve = (
  contract: Contract,
  { schemaText, node }: ReadSchema,
  schemaId: number,
): WriterSchema => {
  const read = compileRecordReader(schemaText, { readerSchemaText: contract.schemaText });
  const encode = framedEncoder(contract.schemaText, schemaId);
  const inspectResolved = compileDatumInspector(contract.record);
  return {
    inspect: compileDatumInspector(node),
    take: (bytes, start, end) => {
      const value = read(bytes, start, end);
      const datum = encode(value, end - start);
      // The writer's schema may have been laxer: a plain string where the contract has a UUID.
      const { problems } = inspectResolved(datum, FRAME_HEADER_BYTES, datum.length);
      return problems.length > 0 ? { problems } : { value, datum };
    },
  };
};

/** Defaults that are filled in may make a record larger than it was, but not by this much. */
const growthBytesMax = 64 * 1024 * 1024;

const framedEncoder = (schemaText: string, schemaId: number) => {
  const write = compileRecordWriter<Readonly<Record<string, unknown>>>(schemaText);
  return (value: Readonly<Record<string, unknown>>, sourceBytes: number): Buffer => {
    for (let bytes = 2 * sourceBytes + 256; ; bytes *= 4) {
      const buffer = Buffer.allocUnsafe(bytes);
      const end = write(value, buffer, FRAME_HEADER_BYTES);
      if (end >= 0) {
        writeFrameHeader(buffer, schemaId);
        // A copy of its own size: a record that waits for Kafka must not hold the rest.
        return Buffer.from(buffer.subarray(0, end));
      }
      if (bytes > sourceBytes + growthBytesMax)
        throw new MillraceError('avro.value-invalid', 'the record grows beyond all bounds');
    }
  };
};
