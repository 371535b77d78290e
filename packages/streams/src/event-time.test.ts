import { type AvroRecord, parseAvroSchema } from '@millrace/contracts';
import { expect, test } from 'vitest';
import { eventTimeOf } from './event-time.ts';

const record = parseAvroSchema({
  type: 'record',
  name: 'r',
  fields: [
    { name: 'ms', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'us', type: ['null', { type: 'long', logicalType: 'timestamp-micros' }] },
  ],
}) as AvroRecord;

test('event time is in milliseconds, whatever the unit and the type of the number', () => {
  expect(eventTimeOf(record, 'ms')({ ms: 1_500 })).toBe(1_500);
  expect(eventTimeOf(record, 'ms')({ ms: 1_500n })).toBe(1_500);
  expect(eventTimeOf(record, 'us')({ us: 1_500_999 })).toBe(1_500);
});

test('a record without its time is refused, and a field that is not there, too', () => {
  expect(() => eventTimeOf(record, 'us')({ us: null })).toThrow('the field us holds no time');
  expect(() => eventTimeOf(record, 'at')).toThrow("r has no field 'at'");
});
