import { expect, it } from 'vitest';
import type { GroupAssignment, GroupHandlers } from '../group-consumer.ts';
import type { TopicPartition } from '../records.ts';
import { createHandOver } from './hand-over.ts';
import { createHoldings } from './holdings.ts';
import type { Membership } from './join-group.ts';

const at = (partition: number): TopicPartition => ({ topic: 'a', partition });

/** A hand-over whose handler is told what to answer, assignment by assignment. */
const setUp = (assigned: GroupHandlers['assigned']) => {
  const holdings = createHoldings();
  const told: GroupAssignment[] = [];
  const begun: [partition: number, offset: number][] = [];
  const failures: unknown[] = [];
  const handOver = createHandOver({
    holdings,
    handlers: {
      assigned: (assignment) => {
        told.push(assignment);
        return assigned(assignment);
      },
      revoked: () => undefined,
      batch: () => undefined,
    },
    describe: async (partitions) =>
      partitions.map((one) => ({ ...one, topicId: 'id', logStartOffset: 0, startOffset: 7 })),
    topicId: async () => 'id',
    begin: ({ partition, offset }) => begun.push([partition, offset]),
    failed: (error) => failures.push(error),
  });
  let generation = 0;
  /** The assignment of a new generation. */
  const deal = (...numbers: number[]) => {
    generation += 1;
    holdings.drop(holdings.all().filter((one) => !numbers.includes(one.partition)));
    holdings.hold(numbers.map(at));
    const member = { groupId: 'g', memberId: 'm', protocolName: 'p', userData: Buffer.alloc(0) };
    const membership: Membership = { ...member, generation, partitions: numbers.map(at) };
    handOver.assigned(membership);
  };
  return { deal, told, begun, failures };
};

it('begins what was added where the handler says, and at the committed offset where it says nothing', async () => {
  const { deal, told, begun } = setUp(async ({ added }) =>
    added.some((one) => one.partition === 0) ? new Map([['a:0', 3]]) : undefined,
  );
  deal(0, 1);
  await expect
    .poll(() => begun.toSorted())
    .toEqual([
      [0, 3],
      [1, 7],
    ]);
  deal(0, 1, 2);
  await expect.poll(() => begun).toHaveLength(3);
  expect(told.map(({ added, kept }) => [added, kept])).toEqual([
    [[at(0), at(1)], []],
    [[at(2)], [at(0), at(1)]],
  ]);
  expect(told[1]!.term).toBeGreaterThan(told[0]!.term);
});

it('does not let a promised offset hold up other partitions, nor a lost one begin', async () => {
  const restored = Promise.withResolvers<number>();
  const lost = Promise.withResolvers<number>();
  const { deal, begun } = setUp(
    async () =>
      new Map<string, number | Promise<number>>([
        ['a:0', restored.promise],
        ['a:1', 4],
        ['a:2', lost.promise],
      ]),
  );
  deal(0, 1, 2);
  await expect.poll(() => begun).toEqual([[1, 4]]);
  deal(0, 1);
  lost.resolve(9);
  restored.resolve(5);
  await expect
    .poll(() => begun)
    .toEqual([
      [1, 4],
      [0, 5],
    ]);
});

it('tells of the latest assignment only, after a handler that took long, whose answer counts for what is held', async () => {
  const working = Promise.withResolvers<void>();
  const { deal, told, begun } = setUp(async ({ added }) => {
    await working.promise;
    return new Map(added.map((one) => [`a:${one.partition}`, one.partition * 10]));
  });
  deal(0, 1);
  deal(0, 2);
  deal(0, 3);
  expect(told).toHaveLength(1);
  working.resolve();
  await expect
    .poll(() => begun.toSorted())
    .toEqual([
      [0, 0],
      [3, 30],
    ]);
  expect(told.map(({ added, kept }) => [added, kept])).toEqual([
    [[at(0), at(1)], []],
    [[at(3)], [at(0)]],
  ]);
});

it('fails with what a handler or an offset rejects with, unless that is of partitions that are lost', async () => {
  const first = Promise.withResolvers<undefined>();
  const offset = Promise.withResolvers<number>();
  const { deal, told, failures } = setUp(({ term }) =>
    term === 1 ? first.promise : Promise.resolve(new Map([['a:1', offset.promise]])),
  );
  deal(0);
  deal(1);
  first.reject(new Error('of what is lost'));
  await expect.poll(() => told).toHaveLength(2);
  expect(failures).toEqual([]);
  const error = new Error('no state');
  offset.reject(error);
  await expect.poll(() => failures).toEqual([error]);
});

it('does not read positions for partitions that are lost', async () => {
  const working = Promise.withResolvers<void>();
  const { deal, told } = setUp(async () => {
    await working.promise;
    return undefined;
  });
  deal(0);
  deal(1);
  await expect(told[0]!.positions()).rejects.toMatchObject({ code: 'kafka.fenced' });
  working.resolve();
  await expect.poll(() => told).toHaveLength(2);
  expect(await told[1]!.positions()).toMatchObject([{ partition: 1, startOffset: 7 }]);
});
