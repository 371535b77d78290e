/** A column's value for somebody who reads no Avro: an outbox message's consumer, a person's signal. */
import { MillraceError } from '@millrace/contracts';
import { type Tuple, valueKind } from '@millrace/pgoutput';
import type { ShapeColumn } from '../envelope/table-shape.ts';
import { createAvroOutput } from './avro-output.ts';
import { isStringSchema } from './masked-codec.ts';

/** Room for the length, and for types whose text is longer than their binary form. */
const ROOM_BYTES = 64;

const isBytes = ({ schema }: ShapeColumn['codec']): boolean =>
  isStringSchema(schema) || schema === 'bytes';

/** Text in UTF-8, bytes as they are; null for a value that is null or was not sent. A copy. Throws `cdc.value-invalid`. */
export const plainValue = (column: ShapeColumn, row: Tuple, index: number): Buffer | null => {
  const kind = row.kinds[index];
  if (kind !== valueKind.text && kind !== valueKind.binary) return null;
  const start = row.starts[index] as number;
  const length = row.lengths[index] as number;
  const { codec } = column;
  if (!isBytes(codec)) {
    if (kind === valueKind.text) return Buffer.from(row.bytes.subarray(start, start + length));
    if (length <= 6) return Buffer.from(String(row.bytes.readIntBE(start, length)));
    if (length === 8) return Buffer.from(String(row.bytes.readBigInt64BE(start)));
    throw new MillraceError('cdc.value-invalid', `column "${column.name}" has no plain form`);
  }
  const out = createAvroOutput(Buffer.allocUnsafe(2 * length + ROOM_BYTES));
  if (kind === valueKind.text) codec.write(out, row.bytes, start, length);
  else codec.writeBinary?.(out, row.bytes, start, length);
  let at = 0;
  while (((out.bytes[at++] as number) & 0x80) !== 0);
  return out.bytes.subarray(at, out.position);
};
