/**
 * A row of an outbox table as the message that it stands for, after Debezium's outbox event router: by default columns id,
 * aggregatetype, aggregateid, type, payload; topic `outbox.event.<aggregatetype>`, key the aggregate's id, value the
 * payload as it is, header `id`. The type is the header `eventType`.
 */
import { MillraceError, topicPart } from '@millrace/contracts';
import type { OutgoingRecord } from '@millrace/kafka';
import type { Tuple } from '@millrace/pgoutput';
import { plainValue } from '../columns/plain-value.ts';
import type { ShapeColumn, TableShape } from '../envelope/table-shape.ts';
import type { OutboxRules } from './outbox-rules.ts';

export interface OutboxMessage {
  readonly topic: string;
  readonly record: OutgoingRecord;
}

/** Throws `cdc.value-invalid` for a row without an id or a route, and when a column that is needed is not there. */
export const outboxMessage = (
  { columns }: TableShape,
  row: Tuple,
  timestampMs: number,
  rules: OutboxRules,
): OutboxMessage => {
  const optional = (name: string): Buffer | null => {
    const index = columns.findIndex((column) => column.name === name);
    return index < 0 ? null : plainValue(columns[index] as ShapeColumn, row, index);
  };
  const needed = (name: string): Buffer | null => {
    if (columns.some((column) => column.name === name)) return optional(name);
    throw new MillraceError('cdc.value-invalid', `the outbox has no column "${name}"`);
  };
  const id = needed(rules.columns.id);
  const route = needed(rules.columns.route);
  if (id === null || route === null) {
    const empty = id === null ? rules.columns.id : rules.columns.route;
    throw new MillraceError('cdc.value-invalid', `an outbox row has no "${empty}"`);
  }
  const type = optional(rules.columns.type);
  const payload = needed(rules.columns.payload);
  const further = rules.headers.flatMap(({ column, header }) => {
    const value = needed(column);
    return value === null ? [] : [[header, value] as const];
  });
  return {
    topic: topicPart(rules.topicOf(route.toString())),
    record: {
      key: needed(rules.columns.key),
      value: rules.isEmptyTombstone && payload?.length === 0 ? null : payload,
      headers: {
        ...{ id, ...(type === null ? {} : { eventType: type }) },
        ...Object.fromEntries(further),
      },
      timestampMs,
    },
  };
};
