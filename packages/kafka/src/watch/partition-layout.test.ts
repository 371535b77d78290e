import { expect, test } from 'vitest';
import { byLeader, layOut } from './partition-layout.ts';

const topic = (name: string, leaders: readonly number[], errorCode = 0, mayRead?: boolean) => ({
  ...{ errorCode, topic: name, topicId: `id of ${name}`, mayRead },
  partitions: leaders.map((leader, partition) => ({
    ...{ errorCode: leader < 0 ? 5 : 0, partition, leader, replicas: [] },
  })),
});

test('topics stand one behind the other; one that is being deleted has no place', () => {
  const layout = layOut([topic('a', [1, 2]), topic('gone', [], 3), topic('b', [2])]);
  expect(layout.partitions).toBe(3);
  expect([...layout.topics.values()].map(({ name, first }) => [name, first])).toEqual([
    ['a', 0],
    ['b', 2],
  ]);
  expect([...layout.leaders]).toEqual([1, 2, 2]);
});

test('a topic may be read unless the broker said otherwise', () => {
  const layout = layOut([topic('a', [1]), topic('b', [1], 0, true), topic('c', [1], 0, false)]);
  expect([...layout.topics.values()].map(({ mayRead }) => mayRead)).toEqual([true, true, false]);
});

test('each broker is asked for what it leads, in pieces, and nobody for what nobody leads', () => {
  const layout = layOut([topic('a', [1, 2, 1]), topic('b', [1, -1]), topic('c', [1, 1, 1])]);
  expect(byLeader(layout, 3)).toEqual([
    {
      nodeId: 1,
      topics: [
        { topic: 'a', partitions: [0, 2] },
        { topic: 'b', partitions: [0] },
      ],
    },
    { nodeId: 2, topics: [{ topic: 'a', partitions: [1] }] },
    { nodeId: 1, topics: [{ topic: 'c', partitions: [0, 1, 2] }] },
  ]);
});
