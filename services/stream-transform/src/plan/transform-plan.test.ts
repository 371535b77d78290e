import type { Contract } from '@millrace/contracts';
import { type Node, transform } from '@millrace/streams';
import { expect, test } from 'vitest';
import { framedSourceOf } from './framed-source.ts';
import { planTransform } from './transform-plan.ts';

const contract = (id: string) =>
  ({ id, topic: { name: `events.${id}` }, source: { kind: 'event' } }) as unknown as Contract;
const contracts = ['a.one', 'a.two', 'a.out'].map(contract);
const counts = (one: number, two: number, out = 1) =>
  new Map([
    ['events.a.one', one],
    ['events.a.two', two],
    ['events.a.out', out],
  ]);
// biome-ignore lint/suspicious/noExplicitAny: the contracts of these tests are not declared.
const build = (body: (sources: any) => void) => transform('t', body);

test('a stage reads and writes the topics of its contracts, on as many partitions as its source has', () => {
  const plan = planTransform(
    build(({ from }) => from('a.one').to('a.out')),
    contracts,
    counts(3, 1, 5),
  );
  expect(plan.groupId).toBe('millrace.transform.t');
  expect(plan.stages).toMatchObject([
    {
      partitions: 3,
      inputs: [{ kind: 'source', topic: 'events.a.one' }],
      outputs: [{ kind: 'sink', topic: 'events.a.out', partitions: 5 }],
    },
  ]);
});

test('a topic that does not exist and a contract that the project lacks are refused', () => {
  const one = build(({ from }) => from('a.one').to('a.out'));
  expect(() => planTransform(one, contracts, new Map())).toThrow(
    expect.objectContaining({ code: 'transform.topic-missing' }),
  );
  expect(() => planTransform(one, [], counts(1, 1))).toThrow(
    expect.objectContaining({ code: 'transform.invalid' }),
  );
});

test('topics that one stage reads must have equally many partitions', () => {
  const merged = build(({ from }) => from('a.one').merge(from('a.two')).to('a.out'));
  expect(planTransform(merged, contracts, counts(2, 2)).stages[0]?.partitions).toBe(2);
  expect(() => planTransform(merged, contracts, counts(2, 3))).toThrow(
    expect.objectContaining({ code: 'transform.partitions-differ' }),
  );
});

test('records pass a repartition as the bytes they were only where nothing changes them', () => {
  const source = (name: string, fields?: readonly string[]): Node => ({
    ...{ kind: 'source', name, contract: 'a.one', as: 'records' },
    options: { disorderMs: 0, others: 'refuse', longs: 'number', ...(fields && { fields }) },
  });
  const operator = (name: string, inputs: readonly string[], passesValues: boolean): Node => ({
    ...{ kind: 'operator', name, inputs: inputs.map((node) => ({ node, port: 0 })) },
    spec: { kind: name, passesValues, create: () => ({ process: () => undefined }) },
  });
  const framedIn = (nodes: readonly Node[]) => {
    const input = { node: nodes.at(-1)!.name, port: 0 };
    const repartition = { kind: 'repartition', name: 'r', input } as const;
    return framedSourceOf({ nodes: [...nodes, repartition] }, repartition)?.name;
  };
  const passing = [source('s'), operator('f', ['s'], true), operator('k', ['f'], true)];
  expect(framedIn(passing)).toBe('s');
  expect(framedIn([...passing, operator('m', ['k'], false)])).toBeUndefined();
  expect(framedIn([source('s', ['x']), operator('k', ['s'], true)])).toBeUndefined();
  expect(framedIn([source('s'), source('t'), operator('merge', ['s', 't'], true)])).toBeUndefined();
});
