import { createHash } from 'node:crypto';
import { MillraceError } from '@millrace/contracts';
import { VARINT_BYTES_MAX, varintBytes, writeVarint } from './varint.ts';
import { FRAME_HEADER_BYTES } from './wire-format.ts';

/** A field appended to every record on its way: where it was read from. */
export interface SplicedField {
  readonly name: string;
  readonly type: 'int' | 'long' | 'timestamp-millis';
}

/** One framed record (Confluent wire format) and the values of the appended fields, in order. */
export interface SpliceInput {
  readonly framed: Buffer;
  readonly appended: readonly number[];
}

/**
 * Puts Avro datums of one writer schema into an object container file without decoding them: one record
 * per block, so that a broken record cannot shift its neighbours. It reads no datum, so it cannot tell a
 * broken one; the reader of the container can. Records of several schemas need one splicer each.
 * The same records give the same bytes. Source: Avro specification, Object Container Files.
 */
export interface ContainerSplicer {
  /** Throws `avro.splice-invalid` for a record without wire header or a value beyond its field's type. */
  splice(records: readonly SpliceInput[]): Buffer;
}

const SYNC_BYTES = 16;
/** The varint of one: each block holds one record. */
const ONE_RECORD = 0x02;

/**
 * Compiles a splicer for datums written with `writerSchemaText`; the appended fields are added at the end
 * of its record. Throws `avro.schema-unusable` when that is not a record or already has such a field.
 */
export const compileSplicer = (
  writerSchemaText: string,
  appended: readonly SplicedField[],
): ContainerSplicer => {
  const header = containerHeader(extendSchema(writerSchemaText, appended));
  const sync = header.subarray(header.length - SYNC_BYTES);
  let datumBytes = new Uint32Array(0);
  return {
    splice: (records) => {
      if (datumBytes.length < records.length) datumBytes = new Uint32Array(records.length);
      let total = header.length;
      for (let at = 0; at < records.length; at++) {
        const bytes = measure(records[at]!, appended);
        datumBytes[at] = bytes;
        total += 1 + varintBytes(bytes) + bytes + SYNC_BYTES;
      }
      const container = Buffer.allocUnsafeSlow(total);
      let position = header.copy(container);
      for (let at = 0; at < records.length; at++) {
        const record = records[at]!;
        container[position++] = ONE_RECORD;
        position = writeVarint(container, position, datumBytes[at]!);
        position += record.framed.copy(container, position, FRAME_HEADER_BYTES);
        for (const value of record.appended) position = writeVarint(container, position, value);
        position += sync.copy(container, position);
      }
      return container;
    },
  };
};

/** Bytes of the record's datum with the appended fields behind it. */
const measure = (record: SpliceInput, appended: readonly SplicedField[]): number => {
  if (record.framed.length < FRAME_HEADER_BYTES || record.framed[0] !== 0) {
    throw new MillraceError('avro.splice-invalid', 'the record has no Confluent wire header');
  }
  if (record.appended.length !== appended.length) {
    throw new MillraceError(
      'avro.splice-invalid',
      `${record.appended.length} appended values for ${appended.length} fields`,
    );
  }
  let bytes = record.framed.length - FRAME_HEADER_BYTES;
  for (let at = 0; at < appended.length; at++) {
    const value = record.appended[at]!;
    const { name, type } = appended[at]!;
    const fits = type === 'int' ? (value | 0) === value : Number.isSafeInteger(value);
    if (!fits) {
      throw new MillraceError('avro.splice-invalid', `the value of ${name} is not an ${type}`);
    }
    bytes += varintBytes(value);
  }
  return bytes;
};

/** The writer schema with the appended fields; all else stays as it stands. */
const extendSchema = (writerSchemaText: string, appended: readonly SplicedField[]): string => {
  const schema = parseRecordSchema(writerSchemaText);
  const fields = [...schema.fields];
  for (const { name, type } of appended) {
    if (fields.some((field) => field.name === name)) {
      throw new MillraceError('avro.schema-unusable', `the schema already has a field ${name}`);
    }
    fields.push({
      name,
      type: type === 'timestamp-millis' ? { type: 'long', logicalType: type } : type,
    });
  }
  return JSON.stringify({ ...schema, fields });
};

interface RecordSchema {
  readonly type: 'record';
  readonly fields: readonly { readonly name: string; readonly type: unknown }[];
}

const parseRecordSchema = (schemaText: string): RecordSchema => {
  let schema: unknown;
  try {
    schema = JSON.parse(schemaText);
  } catch (cause) {
    throw new MillraceError('avro.schema-unusable', 'the schema is not JSON', { cause });
  }
  const isRecord =
    typeof schema === 'object' &&
    schema !== null &&
    'type' in schema &&
    schema.type === 'record' &&
    'fields' in schema &&
    Array.isArray(schema.fields);
  if (!isRecord) {
    throw new MillraceError('avro.schema-unusable', 'only records can be spliced');
  }
  return schema as RecordSchema;
};

/**
 * Magic, metadata map, sync marker. The marker is a digest of the schema rather than random, so that a
 * replayed batch has the same bytes; blocks carry their sizes, so no reader searches for it.
 */
const containerHeader = (schemaText: string): Buffer => {
  const sync = createHash('sha256').update(schemaText).digest().subarray(0, SYNC_BYTES);
  return Buffer.concat([
    Buffer.from('Obj\x01', 'latin1'),
    varint(2),
    lengthPrefixed('avro.schema'),
    lengthPrefixed(schemaText),
    lengthPrefixed('avro.codec'),
    lengthPrefixed('null'),
    varint(0),
    sync,
  ]);
};

const varint = (value: number): Buffer => {
  const bytes = Buffer.alloc(VARINT_BYTES_MAX);
  return bytes.subarray(0, writeVarint(bytes, 0, value));
};

const lengthPrefixed = (text: string): Buffer => {
  const bytes = Buffer.from(text, 'utf8');
  return Buffer.concat([varint(bytes.length), bytes]);
};
