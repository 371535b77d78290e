import { type AvroNode, type AvroRecord, MillraceError } from '@millrace/contracts';

/** Answers with a record's event time, ms since 1970 UTC; throws `transform.record-unreadable` where it has none. */
export type EventTime = (value: Readonly<Record<string, unknown>>) => number;

/**
 * Reads the event time of records of a contract: microseconds where the field says so, else milliseconds.
 * Throws `transform.invalid` for a field that the contract does not have.
 */
export const eventTimeOf = (record: AvroRecord, field: string): EventTime => {
  const found = record.fields.find(({ name }) => name === field);
  if (found === undefined) {
    throw new MillraceError('transform.invalid', `${record.fullName} has no field '${field}'`);
  }
  const perMs = isMicroseconds(found.type) ? 1000 : 1;
  return (value) => {
    const time = Number(value[field] ?? Number.NaN);
    if (Number.isFinite(time)) return Math.floor(time / perMs);
    throw new MillraceError('transform.record-unreadable', `the field ${field} holds no time`);
  };
};

const isMicroseconds = (type: AvroNode): boolean => {
  if (type.kind === 'union') return type.branches.some(isMicroseconds);
  const logical = 'logical' in type ? type.logical?.name : undefined;
  return logical === 'timestamp-micros' || logical === 'local-timestamp-micros';
};
