import { expect, test } from 'vitest';
import { chooseTopics } from './choose-topics.ts';

const names = [
  'events.flights.departed',
  'changes.shop.public.orders',
  '_millrace.cdc.positions.shop',
  '_millrace.mirror.west',
  '__consumer_offsets',
  '__transaction_state',
  'kafkasql-journal',
  '_schemas',
];

test('data and state are copied, and what belongs to the cluster, its registry or the mirror is not', () => {
  expect(chooseTopics(names, [])).toEqual([
    '_millrace.cdc.positions.shop',
    'changes.shop.public.orders',
    'events.flights.departed',
  ]);
});

test('patterns choose, their other signs are taken as they stand, and one that matches nothing is refused', () => {
  expect(chooseTopics(names, ['events.*', 'changes.shop.public.orders'])).toEqual([
    'changes.shop.public.orders',
    'events.flights.departed',
  ]);
  expect(() => chooseTopics(names, ['events.flightsXdeparted'])).toThrow('no topic is called');
  expect(() => chooseTopics(names, ['__consumer_offsets'])).toThrow('no topic is called');
});
