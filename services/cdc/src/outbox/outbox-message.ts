/**
 * A row of an outbox table as the message that it stands for. Names and defaults of Debezium's outbox event router:
 * columns id, aggregatetype, aggregateid, type, payload; topic `outbox.event.<aggregatetype>`, key the
 * aggregate's id, value the payload as it is, header `id`. The type is the header `eventType`.
 */
import { MillraceError } from '@millrace/contracts';
import type { OutgoingRecord } from '@millrace/kafka';
import { type Tuple, valueKind } from '@millrace/pgoutput';
import { createAvroOutput } from '../columns/avro-output.ts';
import { isStringSchema } from '../columns/masked-codec.ts';
import { topicPart } from '../envelope/avro-name.ts';
import type { ShapeColumn, TableShape } from '../envelope/table-shape.ts';

export interface OutboxMessage {
  readonly topic: string;
  readonly record: OutgoingRecord;
}

const TOPIC_PREFIX = 'outbox.event.';
/** Room for the length, and for types whose text is longer than their binary form. */
const ROOM_BYTES = 64;

const isBytes = ({ schema }: ShapeColumn['codec']): boolean =>
  isStringSchema(schema) || schema === 'bytes';

/** A value as a consumer without Avro reads it: text in UTF-8, bytes as they are. A copy. */
const plainValue = (column: ShapeColumn, row: Tuple, index: number): Buffer | null => {
  const kind = row.kinds[index];
  if (kind !== valueKind.text && kind !== valueKind.binary) return null;
  const start = row.starts[index] as number;
  const length = row.lengths[index] as number;
  const { codec } = column;
  if (!isBytes(codec)) {
    if (kind === valueKind.text) return Buffer.from(row.bytes.subarray(start, start + length));
    if (length <= 6) return Buffer.from(String(row.bytes.readIntBE(start, length)));
    if (length === 8) return Buffer.from(String(row.bytes.readBigInt64BE(start)));
    throw new MillraceError(
      'cdc.value-invalid',
      `outbox column "${column.name}" has no plain form`,
    );
  }
  const out = createAvroOutput(Buffer.allocUnsafe(2 * length + ROOM_BYTES));
  if (kind === valueKind.text) codec.write(out, row.bytes, start, length);
  else codec.writeBinary?.(out, row.bytes, start, length);
  let at = 0;
  while (((out.bytes[at++] as number) & 0x80) !== 0);
  return out.bytes.subarray(at, out.position);
};

/** Throws `cdc.value-invalid` for a row without an id or an aggregate type. */
export const outboxMessage = (
  { columns }: TableShape,
  row: Tuple,
  timestampMs: number,
): OutboxMessage => {
  const plain = (name: string): Buffer | null => {
    const index = columns.findIndex((column) => column.name === name);
    return index < 0 ? null : plainValue(columns[index] as ShapeColumn, row, index);
  };
  const id = plain('id');
  const aggregateType = plain('aggregatetype');
  if (id === null || aggregateType === null) {
    throw new MillraceError('cdc.value-invalid', 'an outbox row has no id or no aggregatetype');
  }
  const type = plain('type');
  return {
    topic: TOPIC_PREFIX + topicPart(aggregateType.toString()),
    record: {
      key: plain('aggregateid'),
      value: plain('payload'),
      headers: { id, ...(type === null ? {} : { eventType: type }) },
      timestampMs,
    },
  };
};
