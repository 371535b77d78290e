/**
 * Writes the key and the envelope of one table's changes as Avro, straight from the bytes of a tuple. One
 * writer serves one shape: when the shape changes, another is made. It knows nothing of topics.
 */

import { FRAME_HEADER_BYTES } from '@millrace/avro';
import { MillraceError } from '@millrace/contracts';
import { type Tuple, valueKind } from '@millrace/pgoutput';
import { type AvroOutput, copyBytes, writeByte, writeFrame } from '../columns/avro-output.ts';
import type { TransactionOrder } from '../transactions/transaction-order.ts';
import { keySchemaText, type SnapshotMarker } from './envelope-schema.ts';
import { keyTextFor } from './key-text.ts';
import {
  type ChangeContext,
  createSourceBlock,
  type SourceNames,
  sourceBlockBytesMax,
} from './source-block.ts';
import type { ShapeColumn, TableShape } from './table-shape.ts';

export type Operation = 'c' | 'u' | 'd' | 'r' | 't';

export interface EnvelopeParts {
  readonly op: Operation;
  readonly before: Tuple | undefined;
  readonly after: Tuple | undefined;
  /** Where unchanged TOASTed values of `after` are taken from; only a full old row has them. */
  readonly unchangedFrom: Tuple | undefined;
  readonly context: ChangeContext;
  readonly marker: SnapshotMarker;
  /** The change's place in its transaction, where metadata is asked for. */
  readonly order?: TransactionOrder | undefined;
  readonly lsn: number;
}

export interface TableWriter {
  /** Bytes that a record made from `sourceBytes` of row data can take at most. */
  bytesMax(sourceBytes: number): number;
  /** Writes the framed key of a row. Throws `cdc.value-invalid`. */
  writeKey(out: AvroOutput, row: Tuple): void;
  /** A framed key as Debezium's headers name it. */
  keyText(key: Buffer): Buffer;
  /** Writes the framed envelope. Throws `cdc.value-invalid`. */
  writeEnvelope(out: AvroOutput, parts: EnvelopeParts): void;
}

export interface SchemaIds {
  /** Absent for a table without a key. */
  readonly key: number | undefined;
  readonly value: number;
}

/** No encoding grows more: an element of a float array is two bytes of text and nine of Avro. */
const GROWTH_MAX = 6;
/** A column that is absent from the text still takes a branch and a stand-in. */
const BYTES_PER_COLUMN = 48;

const standInBytesMax = ({ codec, default: known }: ShapeColumn): number =>
  BYTES_PER_COLUMN + (codec.addedBytesMax ?? 0) + (known?.bytes.length ?? 0);

/** The branch of a value in a nullable column's union, which begins with it where there is a default. */
const writeValueBranch = (out: AvroOutput, column: ShapeColumn): void => {
  if (column.nullable) out.bytes[out.position++] = column.default === undefined ? 2 : 0;
};

const writeNull = (out: AvroOutput, column: ShapeColumn): void =>
  writeByte(out, column.default === undefined ? 0 : 2);

/** `isNull`: the row says so. Else it has no value here, which no schema need allow for. */
const writeNothing = (out: AvroOutput, column: ShapeColumn, isNull: boolean): void => {
  const { codec, default: known } = column;
  if (codec.writeNull !== undefined) {
    writeValueBranch(out, column);
    codec.writeNull(out);
  } else if (column.nullable) writeNull(out, column);
  else {
    if (isNull && !column.excluded) out.findings.push({ kind: 'null', column: column.name });
    if (known === undefined) codec.writeFallback(out);
    else copyBytes(out, known.bytes, 0, known.bytes.length);
  }
};

const writeUnchanged = (out: AvroOutput, column: ShapeColumn): void => {
  const { writeUnavailable } = column.codec;
  if (writeUnavailable === undefined) {
    writeNothing(out, column, false);
    return;
  }
  writeValueBranch(out, column);
  writeUnavailable(out);
};

const writeSpecial = (out: AvroOutput, column: ShapeColumn, value: string): void => {
  out.specialValues.push(`${column.name}=${value}`);
  // the row has a value: the default would be another one
  if (column.nullable) writeNull(out, column);
  else column.codec.writeFallback(out);
};

/** Puts the column's name before the items that its value named. */
const nameItems = (out: AvroOutput, column: ShapeColumn, from: number): void => {
  for (let i = from; i < out.specialValues.length; i++) {
    out.specialValues[i] = `${column.name}${out.specialValues[i]}`;
  }
};

const writeBinaryColumn = (
  out: AvroOutput,
  column: ShapeColumn,
  row: Tuple,
  index: number,
): void => {
  const start = row.starts[index] as number;
  const length = row.lengths[index] as number;
  const { codec } = column;
  if (codec.writeBinary === undefined) {
    throw new MillraceError('cdc.value-invalid', `column "${column.name}" came in binary form`);
  }
  if (codec.isSpecialBinary?.(row.bytes, start, length)) {
    writeSpecial(out, column, codec.specialText?.(row.bytes, start, length) ?? '');
    return;
  }
  writeValueBranch(out, column);
  const named = out.specialValues.length;
  codec.writeBinary(out, row.bytes, start, length);
  if (codec.namesItems) nameItems(out, column, named);
};

const writeColumn = (
  out: AvroOutput,
  column: ShapeColumn,
  row: Tuple,
  index: number,
  unchangedFrom: Tuple | undefined,
  isWhole: boolean,
): void => {
  const kind = row.kinds[index];
  if (kind === valueKind.text) {
    const start = row.starts[index] as number;
    const length = row.lengths[index] as number;
    const { codec } = column;
    if (codec.isSpecial?.(row.bytes, start, length)) {
      writeSpecial(out, column, row.bytes.toString('latin1', start, start + length));
      return;
    }
    writeValueBranch(out, column);
    const named = out.specialValues.length;
    codec.write(out, row.bytes, start, length);
    if (codec.namesItems) nameItems(out, column, named);
  } else if (kind === valueKind.binary) {
    writeBinaryColumn(out, column, row, index);
  } else if (kind === valueKind.unchanged) {
    if (unchangedFrom === undefined) writeUnchanged(out, column);
    else writeColumn(out, column, unchangedFrom, index, undefined, isWhole);
  } else {
    writeNothing(out, column, isWhole);
  }
};

export const createTableWriter = (
  shape: TableShape,
  ids: SchemaIds,
  names: SourceNames,
): TableWriter => {
  const source = createSourceBlock(names);
  let keyText: ((avro: Buffer) => Buffer) | undefined;
  const { columns, keyColumns } = shape;
  const fixedBytes =
    sourceBlockBytesMax(names) +
    2 * columns.reduce((sum, column) => sum + standInBytesMax(column), 0);
  const growth = Math.max(GROWTH_MAX, ...columns.map(({ codec }) => codec.growthMax ?? 0));
  const written = columns.map((_, index) => index).filter((index) => !columns[index]?.excluded);
  const keyParts = keyColumns.map((index) => ({
    index,
    // a field of the table's own key is never a union
    column: shape.chosenKey
      ? (columns[index] as ShapeColumn)
      : { ...(columns[index] as ShapeColumn), nullable: false },
  }));

  /** `isWhole`: a null in it is one; else columns beside the identity are null for want of their value. */
  const writeRow = (
    out: AvroOutput,
    row: Tuple,
    unchangedFrom: Tuple | undefined,
    isWhole: boolean,
  ): void => {
    if (row.columnCount !== columns.length) {
      throw new MillraceError(
        'cdc.value-invalid',
        `a row of ${row.columnCount} columns came for ${columns.length} known ones`,
      );
    }
    for (let i = 0; i < written.length; i++) {
      const index = written[i] as number;
      writeColumn(out, columns[index] as ShapeColumn, row, index, unchangedFrom, isWhole);
    }
  };

  const writeOptionalRow = (
    out: AvroOutput,
    row: Tuple | undefined,
    unchangedFrom: Tuple | undefined,
    isWhole: boolean,
  ): void => {
    if (row === undefined) {
      writeByte(out, 0);
      return;
    }
    writeByte(out, 2);
    writeRow(out, row, unchangedFrom, isWhole);
  };

  return {
    bytesMax: (sourceBytes) => fixedBytes + growth * sourceBytes,
    writeKey: (out, row) => {
      if (ids.key === undefined) return;
      writeFrame(out, ids.key);
      for (const { column, index } of keyParts)
        writeColumn(out, column, row, index, undefined, false);
    },
    keyText: (key) => {
      // keys seldom change: made when one does
      keyText ??= keyTextFor(keySchemaText(names.prefix, shape) ?? '');
      return keyText(key.subarray(FRAME_HEADER_BYTES));
    },
    writeEnvelope: (out, parts) => {
      writeFrame(out, ids.value);
      const isFull = parts.before === parts.unchangedFrom;
      writeOptionalRow(out, parts.before, undefined, isFull);
      writeOptionalRow(out, parts.after, parts.unchangedFrom, true);
      source.writeSource(out, parts.context, parts.marker, parts.lsn, parts.order);
      writeByte(out, 2);
      writeByte(out, parts.op.charCodeAt(0));
      source.writeTimes(out, parts.context);
    },
  };
};
