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

/** Framed records that stand in one buffer, by columns: record `i`, for `i` from `from` to before `to`. */
export interface FramedSpan {
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  /** Of each appended field: one value for all of them, or one a record. */
  readonly appended: readonly (number | Float64Array)[];
}

/** A container that is written when it is read, a piece at a time; the same each time. */
export interface Container {
  /** Length of all pieces together. */
  readonly bytes: number;
  pieces(): Iterable<Buffer>;
}

/**
 * Puts Avro datums of one writer schema into an object container file without decoding them: one record
 * per block, so that a broken record cannot shift its neighbours. It reads no datum, so it cannot tell a
 * broken one; the reader of the container can. Records of several schemas need one splicer each.
 * The same records give the same bytes. Source: Avro specification, Object Container Files.
 * Both throw `avro.splice-invalid` for a record without wire header or a value beyond its field's type.
 */
export interface ContainerSplicer {
  container(spans: readonly FramedSpan[]): Container;
  /** The whole container at once, of records that are held one by one. */
  splice(records: readonly SpliceInput[]): Buffer;
}

const SYNC_BYTES = 16;
/** The varint of one: each block holds one record. */
const ONE_RECORD = 0x02;
/** Large enough that a piece costs nothing beside its rows, small enough that a few of them are no memory. */
const PIECE_BYTES = 256 * 1024;

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
  const container = (spans: readonly FramedSpan[]): Container => {
    let bytes = header.length;
    for (const span of spans) {
      checkSpan(span, appended);
      for (let row = span.from; row < span.to; row++) bytes += blockBytes(span, row);
    }
    return { bytes, pieces: () => writePieces(header, sync, spans, bytes) };
  };
  return {
    container,
    splice: (records) => {
      const columns = appended.map((_, at) =>
        Float64Array.from(records, (one) => one.appended[at]!),
      );
      for (const { appended: values } of records) {
        if (values.length === appended.length) continue;
        throw invalid(`${values.length} appended values for ${appended.length} fields`);
      }
      return Buffer.concat([...container([spanOf(records, columns)]).pieces()]);
    },
  };
};

const invalid = (what: string) => new MillraceError('avro.splice-invalid', what);

const spanOf = (records: readonly SpliceInput[], appended: readonly Float64Array[]): FramedSpan => {
  const ends = new Int32Array(records.length);
  const starts = new Int32Array(records.length);
  let end = 0;
  for (const [row, { framed }] of records.entries()) {
    starts[row] = end;
    end += framed.length;
    ends[row] = end;
  }
  const bytes = Buffer.concat(records.map(({ framed }) => framed));
  return { bytes, from: 0, to: records.length, starts, ends, appended };
};

/** Throws for the first record that cannot be spliced. */
const checkSpan = (span: FramedSpan, fields: readonly SplicedField[]): void => {
  const { bytes, starts, ends, from, to } = span;
  for (let row = from; row < to; row++) {
    if (ends[row]! - starts[row]! < FRAME_HEADER_BYTES || bytes[starts[row]!] !== 0) {
      throw invalid('the record has no Confluent wire header');
    }
  }
  for (const [at, { name, type }] of fields.entries()) {
    const values = span.appended[at]!;
    const fits = (value: number) =>
      type === 'int' ? (value | 0) === value : Number.isSafeInteger(value);
    const isFit = typeof values === 'number' ? fits(values) : values.subarray(from, to).every(fits);
    if (!isFit) throw invalid(`the value of ${name} is not an ${type}`);
  }
};

/** Bytes of the record's datum with the appended fields behind it. */
const datumBytes = ({ starts, ends, appended }: FramedSpan, row: number): number => {
  let bytes = ends[row]! - starts[row]! - FRAME_HEADER_BYTES;
  for (let at = 0; at < appended.length; at++) {
    const values = appended[at]!;
    bytes += varintBytes(typeof values === 'number' ? values : values[row]!);
  }
  return bytes;
};

const blockBytes = (span: FramedSpan, row: number): number => {
  const bytes = datumBytes(span, row);
  return 1 + varintBytes(bytes) + bytes + SYNC_BYTES;
};

function* writePieces(
  header: Buffer,
  sync: Buffer,
  spans: readonly FramedSpan[],
  total: number,
): Generator<Buffer, void, void> {
  let left = total;
  let piece = Buffer.allocUnsafeSlow(Math.min(left, Math.max(PIECE_BYTES, header.length)));
  let position = header.copy(piece);
  for (const span of spans) {
    for (let row = span.from; row < span.to; ) {
      const written = writeRows(piece, position, span, row, sync);
      position = written.position;
      row = written.row;
      if (row === span.to) break;
      if (position > 0) yield piece.subarray(0, position);
      left -= position;
      position = 0;
      if (blockBytes(span, row) > PIECE_BYTES) {
        yield* largeBlock(span, row, sync);
        left -= blockBytes(span, row);
        row += 1;
      }
      piece = Buffer.allocUnsafeSlow(Math.min(left, PIECE_BYTES));
    }
  }
  if (position > 0) yield piece.subarray(0, position);
}

/** A datum that is larger than a piece goes out as it lies in memory, between its size and what is appended. */
function* largeBlock(span: FramedSpan, row: number, sync: Buffer): Generator<Buffer, void, void> {
  const { bytes, starts, ends, appended } = span;
  const size = Buffer.alloc(1 + VARINT_BYTES_MAX);
  size[0] = ONE_RECORD;
  yield size.subarray(0, writeVarint(size, 1, datumBytes(span, row)));
  yield bytes.subarray(starts[row]! + FRAME_HEADER_BYTES, ends[row]!);
  const end = Buffer.alloc(appended.length * VARINT_BYTES_MAX + SYNC_BYTES);
  let position = 0;
  for (const values of appended) {
    position = writeVarint(end, position, typeof values === 'number' ? values : values[row]!);
  }
  yield end.subarray(0, position + sync.copy(end, position));
}

/** As many of the span's records as the piece has room for. */
const writeRows = (
  piece: Buffer,
  start: number,
  span: FramedSpan,
  firstRow: number,
  sync: Buffer,
): { readonly position: number; readonly row: number } => {
  const { bytes, starts, ends, appended, to } = span;
  let position = start;
  let row = firstRow;
  for (; row < to; row++) {
    const datum = datumBytes(span, row);
    if (position + 1 + varintBytes(datum) + datum + SYNC_BYTES > piece.length) break;
    piece[position++] = ONE_RECORD;
    position = writeVarint(piece, position, datum);
    position += bytes.copy(piece, position, starts[row]! + FRAME_HEADER_BYTES, ends[row]!);
    for (let at = 0; at < appended.length; at++) {
      const values = appended[at]!;
      position = writeVarint(piece, position, typeof values === 'number' ? values : values[row]!);
    }
    position += sync.copy(piece, position);
  }
  return { position, row };
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
