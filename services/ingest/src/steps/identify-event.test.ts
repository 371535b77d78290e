import { expect, test } from 'vitest';
import type { EncodedEvent } from './encode-event.ts';
import { createIdentifyEventStep } from './identify-event.ts';

const identify = createIdentifyEventStep(() => 'made-up');
const event = (options: {
  identity?: string;
  value?: object;
  attributes?: object;
  single?: boolean;
}) =>
  ({
    index: 4,
    value: options.value ?? {},
    delivery: {
      single: options.single ?? true,
      request: {
        attributes: options.attributes ?? {},
        stream: { contract: { identity: options.identity } },
      },
    },
  }) as EncodedEvent;

test('the contract’s identity field comes first, whatever the headers say', () => {
  const given = { identity: 'no', value: { no: 17 }, attributes: { id: 'header' } };
  expect(identify(event(given))).toMatchObject({ value: { id: '17', repeatable: true } });
});

test('without one, ce-id identifies a single event', () => {
  const given = { attributes: { id: 'header', idempotencyKey: 'key' } };
  expect(identify(event(given))).toMatchObject({ value: { id: 'header', repeatable: true } });
});

test('in a batch the idempotency key and the index do, since ce-id would be the same for all', () => {
  const given = { attributes: { id: 'header', idempotencyKey: 'key' }, single: false };
  expect(identify(event(given))).toMatchObject({ value: { id: 'key/4', repeatable: true } });
});

test('with nothing given the id is made up, and the event cannot be recognised again', () => {
  expect(identify(event({}))).toMatchObject({ value: { id: 'made-up', repeatable: false } });
  expect(identify(event({ identity: 'no', value: { no: null } }))).toMatchObject({
    value: { id: 'made-up', repeatable: false },
  });
});
