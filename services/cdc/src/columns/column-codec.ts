/**
 * How one PostgreSQL type becomes Avro: the schema in Kafka Connect's terms, and writers from the bytes that
 * PostgreSQL's text output and its binary output give. Snapshot (COPY) and stream (pgoutput) hand over either
 * form of a value; both must give the same bytes of Avro.
 */
import { MillraceError } from '@millrace/contracts';
import type { AvroOutput } from './avro-output.ts';

/** A schema as JSON; order of attributes as Kafka Connect's Avro converter writes them. */
export type AvroJson = string | { readonly [attribute: string]: unknown };

export interface ColumnCodec {
  /** The schema of a value that is not null. */
  readonly schema: AvroJson;
  /** Writes one value. Throws `cdc.value-invalid` when the text is not of the type. */
  write(out: AvroOutput, source: Buffer, start: number, length: number): void;
  /**
   * Writes one value from the form of the type's send function, to the same bytes as `write`. Absent: only the
   * text of the type is known. Throws `cdc.value-invalid`.
   */
  readonly writeBinary?: (out: AvroOutput, source: Buffer, start: number, length: number) => void;
  /** Written in place of null, in a nullable column too; absent: null is null. */
  readonly writeNull?: (out: AvroOutput) => void;
  /** Debezium's schema of it is optional in a NOT NULL column too. */
  readonly isOptional?: boolean;
  /** Most bytes of Avro for a byte of source, where it is more than the usual 6. */
  readonly growthMax?: number;
  /** Bytes that a value may take beyond what its length tells; absent: none. */
  readonly addedBytesMax?: number;
  /** Stands for null where the column is NOT NULL: an old row gives only its key. */
  writeFallback(out: AvroOutput): void;
  /** Stands for a TOASTed value that an UPDATE left alone; absent: the fallback or null stands for it. */
  readonly writeUnavailable?: (out: AvroOutput) => void;
  /** True for a value that the schema cannot express (NaN in a decimal). */
  readonly isSpecial?: (source: Buffer, start: number, length: number) => boolean;
  /** The same of the binary form. */
  readonly isSpecialBinary?: (source: Buffer, start: number, length: number) => boolean;
  /** Its items may be special: it names them by their place in `AvroOutput.specialValues`. */
  readonly namesItems?: boolean;
  /** PostgreSQL's text of a special value in binary form; present where `isSpecialBinary` is. */
  readonly specialText?: (source: Buffer, start: number, length: number) => string;
}

/** Kafka Connect's attributes of a named ("logical") type over a primitive. */
export const connectType = (
  type: string,
  name: string,
  parameters?: Readonly<Record<string, string>>,
): AvroJson => ({
  type,
  'connect.version': 1,
  ...(parameters === undefined ? {} : { 'connect.parameters': parameters }),
  'connect.name': name,
});

export const invalidValue = (type: string): MillraceError =>
  new MillraceError('cdc.value-invalid', `a value does not have the form of type ${type}`);
