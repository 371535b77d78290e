import { describe, expect, it } from 'vitest';
import { alignedAssignor } from './aligned-assignor.ts';

const member = (memberId: string, ...topics: string[]) => ({
  ...{ memberId, topics, owned: [], generation: -1, userData: Buffer.alloc(0) },
});

const dealt = (
  members: readonly ReturnType<typeof member>[],
  counts: Readonly<Record<string, number>>,
) =>
  Object.fromEntries(
    [...alignedAssignor.assign(members, new Map(Object.entries(counts)))].map(
      ([id, { partitions }]) => [
        id,
        partitions.map((one) => `${one.topic}-${one.partition}`).sort(),
      ],
    ),
  );

describe('the aligned assignor', () => {
  it('puts like partitions of like topics on one member, so that they can be joined (T11)', () => {
    const members = [member('m1', 'a', 'b'), member('m2', 'a', 'b')];
    expect(dealt(members, { a: 3, b: 3 })).toEqual({
      m1: ['a-0', 'a-2', 'b-0', 'b-2'],
      m2: ['a-1', 'b-1'],
    });
  });

  it('spreads topics of one partition over the members', () => {
    const topics = ['a', 'b', 'c', 'd'];
    const members = [member('m1', ...topics), member('m2', ...topics)];
    expect(dealt(members, { a: 1, b: 1, c: 1, d: 1 })).toEqual({
      m1: ['a-0', 'c-0'],
      m2: ['b-0', 'd-0'],
    });
  });

  it('gives a topic only to those who subscribed to it, and each partition once', () => {
    const members = [member('m1', 'a'), member('m2', 'a', 'b'), member('m3', 'c')];
    expect(dealt(members, { a: 3, b: 2 })).toEqual({
      m1: ['a-0', 'a-2'],
      m2: ['a-1', 'b-0', 'b-1'],
      m3: [],
    });
  });

  it('does not depend on the order in which members joined', () => {
    const members = [member('m1', 'a'), member('m2', 'a')];
    expect(dealt([...members].reverse(), { a: 5 })).toEqual(dealt(members, { a: 5 }));
  });
});
