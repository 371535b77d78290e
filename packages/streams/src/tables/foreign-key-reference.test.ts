import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Flow } from '../flow.ts';
import type { NameOperator, Operator } from '../operator.ts';
import type { Stores } from '../stores/store.ts';
import { createSnapshotStores } from '../testing/snapshot-stores.ts';
import { foreignKeyAnswersOperator } from './foreign-key-answers.ts';
import { foreignKeyRequestsOperator } from './foreign-key-requests.ts';
import { foreignKeyResultsOperator } from './foreign-key-results.ts';

interface Left {
  readonly wants: string | null;
  readonly id: number;
}

const TASKS = 2;
const taskOf = (key: string): number => key.charCodeAt(0) % TASKS;

const open = (
  make: NameOperator,
  emit: (flow: Flow) => void,
  { keyed, timed }: Stores = createSnapshotStores(),
): Operator =>
  make('under-test').create({
    keyed,
    timed,
    emit,
    skip: () => undefined,
  } as never);

const lefts = fc.constantFrom('p', 'q', 'r');
const rights = fc.constantFrom('x', 'y', 'z');
const change = fc.oneof(
  fc.record({ side: fc.constant('left' as const), key: lefts, wants: fc.option(rights) }),
  fc.record({ side: fc.constant('left' as const), key: lefts, gone: fc.constant(true) }),
  fc.record({ side: fc.constant('right' as const), key: rights, gone: fc.boolean() }),
);

/**
 * The three stages on two partitions each. Between any two tasks messages keep their order; which task takes
 * which message next is for `steps` to say.
 */
const joinOnTasks = (
  kind: 'inner' | 'left',
  changes: readonly (typeof change extends fc.Arbitrary<infer C> ? C : never)[],
  steps: readonly number[],
) => {
  const queues = new Map<string, (() => void)[]>();
  const send = (way: string, deliver: () => void): void => {
    const queue = queues.get(way) ?? [];
    queue.push(deliver);
    queues.set(way, queue);
  };
  const results: { key: string; value: unknown }[] = [];
  const tasks = Array.from({ length: TASKS }, (_, task) => task);
  const last = tasks.map(() =>
    open(foreignKeyResultsOperator(), ({ key, value }) => results.push({ key: key!, value })),
  );
  const toLast = (from: number) => (flow: Flow) =>
    send(`answer ${from} ${taskOf(flow.key!)}`, () => last[taskOf(flow.key!)]!.process(flow, 0));
  const combine = (left: unknown, right: unknown) => [(left as Left).id, right];
  const wanted = tasks.map(() => createSnapshotStores());
  const middle = tasks.map((task) =>
    open(foreignKeyAnswersOperator({ kind, combine }), toLast(task), wanted[task]!),
  );
  const toMiddle = (from: number) => (flow: Flow) =>
    send(`request ${from} ${taskOf(flow.key!)}`, () => middle[taskOf(flow.key!)]!.process(flow, 0));
  const keyOf = (left: Left) => left.wants;
  const first = tasks.map((task) =>
    open(foreignKeyRequestsOperator({ kind, keyOf }), toMiddle(task)),
  );

  const leftRows = new Map<string, Left>();
  const rightRows = new Map<string, number>();
  changes.forEach((one, id) => {
    const flow = { key: one.key, timeMs: id, watermarkMs: id };
    const task = taskOf(one.key);
    const gone = 'gone' in one && one.gone;
    if (one.side === 'right') {
      if (gone) rightRows.delete(one.key);
      else rightRows.set(one.key, id);
      const value = gone ? null : id;
      send(`right ${task}`, () => middle[task]!.process({ ...flow, value }, 1));
      return;
    }
    const value = gone ? null : { wants: 'wants' in one ? one.wants : null, id };
    if (value === null) leftRows.delete(one.key);
    else leftRows.set(one.key, value);
    send(`left ${task}`, () => first[task]!.process({ ...flow, value }, 0));
  });
  const runAll = (): void => {
    for (let at = 0; ; at += 1) {
      const ways = [...queues.values()].filter((queue) => queue.length > 0);
      if (ways.length === 0) break;
      ways[steps[at % steps.length]! % ways.length]!.shift()!();
    }
  };
  runAll();
  return {
    results,
    leftRows,
    rightRows,
    /** What the middle keeps beside the right rows, when no left row is left. */
    keptWithoutLefts() {
      for (const key of leftRows.keys()) {
        const flow = { key, value: null, timeMs: 0, watermarkMs: 0 };
        first[taskOf(key)]!.process(flow, 0);
      }
      runAll();
      return wanted.reduce((sum, { size }) => sum + size, 0) - rightRows.size;
    },
  };
};

test('the newest results are the join of the newest rows, whatever overtakes what', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('inner' as const, 'left' as const),
      fc.array(change, { maxLength: 40 }),
      fc.array(fc.nat(1000), { minLength: 1, maxLength: 50 }),
      (kind, changes, steps) => {
        const join = joinOnTasks(kind, changes, steps);
        const { results, leftRows, rightRows } = join;
        const newest = new Map<string, unknown>();
        for (const { key, value } of results) {
          if (value === null) expect(newest.has(key)).toBe(true);
          if (value === null) newest.delete(key);
          else newest.set(key, value);
        }
        const expected = new Map<string, unknown>();
        for (const [key, { wants, id }] of leftRows) {
          const right = wants === null ? null : (rightRows.get(wants) ?? null);
          if (right !== null || kind === 'left') expected.set(key, [id, right]);
        }
        expect(newest).toEqual(expected);
        expect(join.keptWithoutLefts()).toBe(0);
      },
    ),
    { numRuns: 500 },
  );
});
