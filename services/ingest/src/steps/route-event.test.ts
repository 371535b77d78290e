import { partitionForKey } from '@millrace/kafka';
import { expect, test } from 'vitest';
import type { EventAttributes } from '../event-request.ts';
import type { IdentifiedEvent } from './identify-event.ts';
import { createRouteEventStep } from './route-event.ts';

const routeEvent = createRouteEventStep();
const route = (key: readonly string[], value: object, own?: EventAttributes) => {
  const outcome = routeEvent({
    value,
    index: 0,
    delivery: {
      partitions: 8,
      stickyPartition: 5,
      body: { attributes: own === undefined ? undefined : [own] },
      request: { attributes: {}, stream: { contract: { key } } },
    },
  } as unknown as IdentifiedEvent);
  if (outcome.kind !== 'ok') throw new Error('routing refuses nothing');
  return { key: outcome.value.key?.toString(), partition: outcome.value.partition };
};

test('an event without a key goes where its whole request goes', () => {
  expect(route([], { a: 1 })).toEqual({ key: undefined, partition: 5 });
});

test('a key of one field is its text, and chooses the partition', () => {
  const partition = partitionForKey(Buffer.from('Zürich'), 8);
  expect(route(['city'], { city: 'Zürich' })).toEqual({ key: 'Zürich', partition });
  expect(route(['no'], { no: 17 }).key).toBe('17');
});

test('keys of several fields stay distinct whatever their fields hold', () => {
  expect(route(['a', 'b'], { a: 'x', b: 'y' }).key).toBe('x|y');
  expect(route(['a', 'b'], { a: 'x|', b: 'y' }).key).not.toBe(
    route(['a', 'b'], { a: 'x', b: '|y' }).key,
  );
  expect(route(['a', 'b'], { a: 'x\\', b: 'y' }).key).not.toBe(
    route(['a', 'b'], { a: 'x', b: '\\y' }).key,
  );
});

test('a CloudEvent’s partitionkey is the key where the contract has none', () => {
  const partition = partitionForKey(Buffer.from('till 7'), 8);
  expect(route([], { a: 1 }, { partitionKey: 'till 7' })).toEqual({ key: 'till 7', partition });
  expect(route(['a'], { a: 1 }, { partitionKey: 'till 7' }).key).toBe('1');
});
