import { expect, test } from 'vitest';
import { groupPosition } from './topic-log.ts';

test('a claim under way is told with the offset, and an offset of another log is none', () => {
  const resting = JSON.stringify({ v: 2, k: 'cluster', i: 'id', e: '0' });
  const claiming = JSON.stringify({
    v: 2,
    k: 'cluster',
    i: 'id',
    e: '0',
    c: [5, 9],
    at: 0,
    t: 'x',
  });
  expect(groupPosition({ offset: 5, metadata: resting }, 'id')).toEqual({
    offset: 5,
    claimedEnd: 5,
    countsFrom: 0,
  });
  expect(groupPosition({ offset: 5, metadata: claiming }, 'id')).toEqual({
    offset: 5,
    claimedEnd: 10,
    countsFrom: 0,
  });
  expect(groupPosition({ offset: 5, metadata: '' }, 'id')).toEqual({
    ...{ offset: 5, claimedEnd: 5, countsFrom: 0 },
  });
  expect(groupPosition({ offset: 5, metadata: claiming }, 'made anew')).toBeUndefined();
  expect(groupPosition(undefined, 'id')).toBeUndefined();
});

test('a copy says from where on its rows bear its own name', () => {
  const copied = JSON.stringify({ v: 2, k: 'cluster', i: 'id', e: '0', f: 3 });
  expect(groupPosition({ offset: 5, metadata: copied }, 'id')).toMatchObject({ countsFrom: 3 });
});
