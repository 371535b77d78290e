/**
 * A row of an outbox table as the message that it stands for. Names and defaults of Debezium's outbox event router:
 * columns id, aggregatetype, aggregateid, type, payload; topic `outbox.event.<aggregatetype>`, key the
 * aggregate's id, value the payload as it is, header `id`. The type is the header `eventType`.
 */
import { MillraceError } from '@millrace/contracts';
import type { OutgoingRecord } from '@millrace/kafka';
import type { Tuple } from '@millrace/pgoutput';
import { plainValue } from '../columns/plain-value.ts';
import { topicPart } from '../envelope/avro-name.ts';
import type { ShapeColumn, TableShape } from '../envelope/table-shape.ts';

export interface OutboxMessage {
  readonly topic: string;
  readonly record: OutgoingRecord;
}

const TOPIC_PREFIX = 'outbox.event.';
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
