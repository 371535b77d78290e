import { expect, test } from 'vitest';
import type { Transform } from '../transform.ts';
import { ownTopics } from './own-topics.ts';

const nodes = [
  { kind: 'source', name: 'source-1' },
  { kind: 'repartition', name: 'key-1' },
  { kind: 'operator', name: 'window-1', spec: { stores: [{ name: 'counts' }] } },
];
const transform = { name: 'sums', graph: { nodes } } as unknown as Transform;

test('a transform owns its changelogs and what lies between its stages, also of the version before', () => {
  const own = ['counts.changelog', 'key-1.repartition'].map(
    (end) => `_millrace.transform.sums.${end}`,
  );
  expect(ownTopics(transform, undefined)).toEqual(own);
  const stores = { old: { operator: 'old', kind: 'keyed', shape: 'count:v1' } } as const;
  const before = { version: 1, stores, partitions: { 'key-0': 4 } };
  expect(ownTopics(transform, before)).toEqual(
    expect.arrayContaining([
      ...own,
      '_millrace.transform.sums.old.changelog',
      '_millrace.transform.sums.key-0.repartition',
    ]),
  );
});
