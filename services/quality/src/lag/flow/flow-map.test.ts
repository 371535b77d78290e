import type { Contract } from '@millrace/contracts';
import type { GroupLag, TopicLag } from '@millrace/operations';
import { expect, test } from 'vitest';
import { type FlowSights, flowMap } from './flow-map.ts';

const contractOf = (name: string, source: Contract['source'], view?: string) =>
  ({
    ...{ id: `shop.${name}`, source, topic: { name: `t.${name}` } },
    ...(view !== undefined && { warehouse: { view } }),
  }) as unknown as Contract;
const contracts = [
  contractOf('orders', { kind: 'event' }, 'shop_orders'),
  contractOf('prices', { kind: 'change', source: 'shop', schema: 'public', table: 'prices' }),
  contractOf('totals', { kind: 'derived' }, 'shop_totals'),
];
const lagOf = (topic: string, seconds: number): TopicLag => ({
  ...{ topic, partitions: 1, records: seconds * 10, seconds, state: 'ok' as const },
  consumedPerSecond: 5,
});
const groupOf = (group: string, topicLags: readonly TopicLag[]) =>
  ({
    ...{ group, topicLags, topics: topicLags.map(({ topic }) => topic) },
    ...{ condition: 'ok', consumedPerSecond: 5 },
  }) as unknown as GroupLag;

const sights: FlowSights = {
  ...{ atMs: 1, contracts, sinkGroup: 'sinks' },
  transforms: [
    { name: 'sums', group: 'g.sums', reads: ['t.orders', 't.prices'], writes: ['t.totals'] },
  ],
  groups: [
    groupOf('sinks', [lagOf('t.orders', 9)]),
    groupOf('g.sums', [lagOf('t.orders', 0), lagOf('_millrace.transform.sums.x.repartition', 0)]),
    groupOf('theirs', [lagOf('t.orders', 0), lagOf('other', 0)]),
    groupOf('inner', [lagOf('__consumer_offsets', 0)]),
  ],
  exists: (topic) => topic !== 't.prices',
  perSecond: () => 7,
  dead: (topic) => (topic === 'dead.sink' ? 3 : 0),
  conditionOf: (_group, { seconds }) => ((seconds ?? 0) > 5 ? 'warn' : 'ok'),
};
const map = flowMap(sights);
const edge = (from: string, to: string) =>
  map.edges.find((one) => one.from === from && one.to === to);
const node = (id: string) => map.nodes.find((one) => one.id === id);

test('records come in by the door or the capture, and pass topics, groups and the sink into tables', () => {
  expect(edge('producer:producers', 'service:ingest')).toBeDefined();
  expect(edge('service:ingest', 'topic:t.orders')).toMatchObject({ perSecond: 7 });
  expect(edge('source:shop', 'service:cdc')).toBeDefined();
  expect(edge('service:cdc', 'topic:t.prices')).toBeDefined();
  expect(edge('topic:t.orders', 'service:sink')).toMatchObject({
    ...{ perSecond: 5, lagRecords: 90, lagSeconds: 9, condition: 'warn' },
  });
  expect(edge('service:sink', 'table:shop_orders')).toMatchObject({ perSecond: 5 });
  expect(node('table:shop_orders')).toMatchObject({ subject: 'shop.orders', condition: 'warn' });
  expect(node('topic:t.prices')).toMatchObject({ condition: 'unknown' });
});

test('a transform stands between what it declares, also where it has not read yet', () => {
  expect(node('transform:sums')).toMatchObject({ subject: 'g.sums', perSecond: 5 });
  expect(edge('topic:t.orders', 'transform:sums')).toMatchObject({ lagSeconds: 0 });
  expect(edge('topic:t.prices', 'transform:sums')).toMatchObject({ condition: 'unknown' });
  expect(edge('transform:sums', 'topic:t.totals')).toMatchObject({ perSecond: 7 });
});

test('groups of others and their topics are on it; what is inside a service is not', () => {
  expect(edge('topic:other', 'service:theirs')).toMatchObject({ condition: 'ok' });
  expect(node('service:inner')).toBeUndefined();
  expect(map.nodes.filter(({ id }) => id.includes('_millrace'))).toEqual([]);
});

test('dead letters of the last hour stand on the arrow to their topic', () => {
  expect(edge('service:sink', 'dead:dead.sink')).toMatchObject({ errors: 3, condition: 'warn' });
  expect(edge('transform:sums', 'dead:dead.stream-transform')).toMatchObject({ errors: 0 });
});

test('every arrow has both its ends', () => {
  const ids = new Set(map.nodes.map(({ id }) => id));
  expect(map.edges.flatMap(({ from, to }) => [from, to]).filter((id) => !ids.has(id))).toEqual([]);
  expect(ids.size).toBe(map.nodes.length);
});
