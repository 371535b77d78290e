import { partitionForKey } from '@millrace/kafka';
import { expect, test } from 'vitest';
import type { IdentifiedEvent } from './identify-event.ts';
import { createRouteEventStep } from './route-event.ts';

const routeEvent = createRouteEventStep();
const route = (key: readonly string[], value: object) => {
  const outcome = routeEvent({
    value,
    delivery: { partitions: 8, stickyPartition: 5, request: { stream: { contract: { key } } } },
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
