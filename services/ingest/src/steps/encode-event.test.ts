import { compileJsonEncoder } from '@millrace/avro';
import { type AvroRecord, parseAvroSchema } from '@millrace/contracts';
import { expect, test } from 'vitest';
import type { IncomingEvent } from '../event-request.ts';
import { createEncodeEventStep } from './encode-event.ts';

const record = parseAvroSchema({
  type: 'record',
  name: 'order',
  fields: [
    { name: 'id', type: 'string' },
    { name: 'amount', type: 'int' },
  ],
}) as AvroRecord;
const encoder = compileJsonEncoder(record, { schemaId: 7 });
const encodeEvent = createEncodeEventStep();
const event = (value: unknown) =>
  ({ index: 0, value, delivery: { body: {}, request: { stream: { encoder } } } }) as IncomingEvent;

test('an event that fits its contract becomes a framed Avro datum', () => {
  const outcome = encodeEvent(event({ id: 'a', amount: 1 }));
  expect(outcome).toMatchObject({ kind: 'ok' });
  // Magic byte, schema id 7, string of one letter, zig-zag 1.
  expect(outcome.kind === 'ok' && [...outcome.value.datum]).toEqual([0, 0, 0, 0, 7, 2, 0x61, 2]);
});

test('an event that does not is refused with every problem and its path', () => {
  expect(encodeEvent(event({ id: 1, colour: 'red' }))).toMatchObject({
    kind: 'dead-letter',
    code: 'ingest.event-invalid',
    detail: expect.arrayContaining([
      expect.objectContaining({ path: '/id', rule: 'type' }),
      expect.objectContaining({ path: '/amount', rule: 'missing' }),
      expect.objectContaining({ path: '/colour', rule: 'unknown-field' }),
    ]),
  });
});

test('an event that came as Avro is not encoded again', () => {
  const datum = Buffer.from([0, 0, 0, 0, 9, 2, 0x61, 2]);
  const ready = { index: 1, value: {}, delivery: { body: { datums: [undefined, datum] } } };
  expect(encodeEvent(ready as unknown as IncomingEvent)).toMatchObject({ value: { datum } });
});
