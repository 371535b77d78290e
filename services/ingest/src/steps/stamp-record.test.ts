import { expect, test } from 'vitest';
import type { EventAttributes } from '../event-request.ts';
import type { Stream } from '../stream.ts';
import type { RoutedEvent } from './route-event.ts';
import { createSharedHeaders, createStampRecordStep, sharedHeaders } from './stamp-record.ts';

const stream = {
  contract: { id: 'shop.orders', domain: 'shop', name: 'orders' },
  eventBytesMax: 2000,
} as Stream;
const receivedMs = Date.parse('2026-11-22T10:00:00Z');
const event = (datum: Buffer, own?: EventAttributes) =>
  ({
    id: 'one',
    key: null,
    datum,
    index: 0,
    delivery: {
      body: own === undefined ? {} : { attributes: [own] },
      request: { stream, receivedMs, attributes: {} },
      headers: sharedHeaders({ stream, receivedMs, attributes: {} }),
    },
  }) as unknown as RoutedEvent;

test('a record carries the CloudEvents attributes of its event as headers', () => {
  expect(createStampRecordStep()(event(Buffer.from('datum')))).toMatchObject({
    value: {
      record: {
        key: null,
        value: Buffer.from('datum'),
        timestampMs: receivedMs,
        headers: { ce_id: 'one' },
        sharedHeaders: {
          headers: {
            ce_source: '/v1/events/shop/orders',
            ce_type: 'shop.orders',
            ce_specversion: '1.0',
            ce_time: '2026-11-22T10:00:00.000Z',
            'content-type': 'application/avro',
          },
        },
      },
    },
  });
});

test('what the sender says of its events goes before what the door knows', () => {
  const attributes = { source: '/till/7', type: 'shop.placed', time: '2026-11-21T00:00:00Z' };
  expect(sharedHeaders({ stream, receivedMs, attributes }).headers).toMatchObject({
    ce_source: '/till/7',
    ce_type: 'shop.placed',
    ce_time: '2026-11-21T00:00:00Z',
  });
});

test('requests of one millisecond that say nothing of their events share their headers, and no others do', () => {
  const headersOf = createSharedHeaders();
  const plain = headersOf({ stream, receivedMs, attributes: {} });
  expect(headersOf({ stream, receivedMs, attributes: { id: 'one' } })).toBe(plain);
  const other = { ...stream, contract: { ...stream.contract, id: 'shop.returns' } } as Stream;
  for (const request of [
    { stream: other, receivedMs, attributes: {} },
    { stream, receivedMs, attributes: { source: '/till/7' } },
    { stream, receivedMs, attributes: { extensions: { ce_traceparent: '00-ab' } } },
    { stream, receivedMs: receivedMs + 1, attributes: {} },
  ])
    expect(headersOf(request)).toEqual(sharedHeaders(request));
});

test('an event that its topic would refuse is refused alone', () => {
  expect(createStampRecordStep()(event(Buffer.alloc(2000)))).toMatchObject({
    kind: 'dead-letter',
    code: 'ingest.event-too-large',
  });
});

test('what a CloudEvent says of itself is in its headers, extensions too, and counts in its size', () => {
  const own = { source: '/till/7', type: 'shop.placed', extensions: { ce_traceparent: '00-ab' } };
  const stamped = createStampRecordStep()(event(Buffer.from('datum'), own));
  expect(stamped).toMatchObject({
    value: {
      record: {
        headers: { ce_id: 'one' },
        sharedHeaders: {
          headers: { ce_source: '/till/7', ce_type: 'shop.placed', ce_traceparent: '00-ab' },
        },
      },
    },
  });
  const long = { extensions: { ce_note: 'x'.repeat(600) } };
  expect(createStampRecordStep()(event(Buffer.from('datum'), long))).toMatchObject({
    code: 'ingest.event-too-large',
  });
});
