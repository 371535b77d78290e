/**
 * How one PostgreSQL type becomes Avro: the schema in Kafka Connect's terms, and a writer from the bytes
 * that PostgreSQL's text output gives. Snapshot (COPY) and stream (pgoutput) hand over the same text, so
 * both give the same bytes.
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
  /** Stands for null where the column is NOT NULL: an old row gives only its key. */
  writeFallback(out: AvroOutput): void;
  /** Stands for a TOASTed value that an UPDATE left alone; absent: the fallback or null stands for it. */
  readonly writeUnavailable?: (out: AvroOutput) => void;
  /** True for a value that the schema cannot express (NaN in a decimal). */
  readonly isSpecial?: (source: Buffer, start: number, length: number) => boolean;
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
