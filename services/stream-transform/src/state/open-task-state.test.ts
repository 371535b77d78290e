import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openTaskState } from './open-task-state.ts';
import { createStateMemory } from './state-memory.ts';
import type { TaskState } from './task-state.ts';
import { createTestChangelog } from './testing/changelog.ts';
import {
  copyModel,
  emptyModel,
  type StateModel,
  showModel,
  showStores,
} from './testing/state-model.ts';
import { temporaryDirectory } from './testing/temporary-directory.ts';

type Value = { text: string };
const keyedSpec = { kind: 'keyed', name: 'keyed', shape: 'text:v1' } as const;
const timedSpec = { kind: 'timed', name: 'timed', byKey: true, shape: 'text:v1' } as const;

const open = (directory: string, memoryBytesMax: number) =>
  openTaskState({
    directory,
    specs: [keyedSpec, timedSpec],
    changelogIds: { keyed: 'topic-1', timed: 'topic-2' },
    memory: createStateMemory(memoryBytesMax),
    checkpointIntervalMs: 1_000_000,
  });

const storesOf = ({ stores }: TaskState) => ({
  keyed: stores.keyed<Value>(keyedSpec),
  timed: stores.timed<Value>(timedSpec),
});

const longKey = 'long'.repeat(600);
const key = fc.constantFrom(
  '',
  'a',
  'aa',
  'b',
  'é',
  'key-1',
  'key-2',
  'key-3',
  longKey,
  `${longKey}b`,
);
const timeMs = fc.integer({ min: -10, max: 10 });
const value = fc.string({ maxLength: 40 });

const operation = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constant('set' as const), key, value }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('change' as const), key, value }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('delete' as const), key }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('setAt' as const), timeMs, key, value }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('changeAt' as const), timeMs, key, value }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('deleteAt' as const), timeMs, key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('dropBefore' as const), timeMs }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('show' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('take' as const) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('committed' as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('checkpoint' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('compact' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fail' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('rebuild' as const) }) },
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

/** Runs the operations on the stores and on the model, and compares what both show. */
const run = async (operations: readonly Operation[], memoryBytesMax: number): Promise<void> => {
  const directory = temporaryDirectory();
  const changelog = createTestChangelog();
  let state = await open(directory, memoryBytesMax);
  let stores = storesOf(state);
  let model = emptyModel();
  let committed: StateModel = emptyModel();
  let taken: { model: StateModel; changes: ReturnType<TaskState['takeChanges']> } | undefined;

  const reopen = async (remove: boolean): Promise<void> => {
    // With a transaction under way there is no checkpoint at the end, as after a crash.
    if (taken === undefined) state.takeChanges();
    await state.close({ remove });
    taken = undefined;
    model = copyModel(committed);
    state = await open(directory, memoryBytesMax);
    changelog.replay(state, 3);
    await state.promote();
    stores = storesOf(state);
  };

  const commit = (): void => {
    if (taken === undefined) return;
    committed = taken.model;
    state.committed(changelog.append(taken.changes));
    taken = undefined;
  };

  const step = async (op: Operation): Promise<void> => {
    const { keyed, timed } = stores;
    if (op.do === 'set' || op.do === 'change') {
      const before = op.do === 'change' ? keyed.get(op.key) : undefined;
      const next = before ?? { text: '' };
      next.text = op.value;
      keyed.set(op.key, next);
      model.keyed.set(op.key, op.value);
    } else if (op.do === 'delete') {
      keyed.delete(op.key);
      model.keyed.delete(op.key);
    } else if (op.do === 'setAt' || op.do === 'changeAt') {
      const before = op.do === 'changeAt' ? timed.get(op.timeMs, op.key) : undefined;
      const next = before ?? { text: '' };
      next.text = op.value;
      timed.set(op.timeMs, op.key, next);
      model.timed.set(`${op.timeMs} ${op.key}`, op);
    } else if (op.do === 'deleteAt') {
      timed.delete(op.timeMs, op.key);
      model.timed.delete(`${op.timeMs} ${op.key}`);
    } else if (op.do === 'dropBefore') {
      timed.dropBefore(op.timeMs);
      for (const [name, entry] of model.timed) {
        if (entry.timeMs < op.timeMs) model.timed.delete(name);
      }
    } else if (op.do === 'show') {
      expect(showStores(keyed, timed)).toEqual(showModel(model));
    } else if (op.do === 'take') {
      commit();
      taken = { model: copyModel(model), changes: state.takeChanges() };
    } else if (op.do === 'committed') {
      commit();
    } else if (op.do === 'checkpoint') {
      commit();
      expect(state.checkpoint()).toBe(true);
    } else if (op.do === 'compact') {
      changelog.compact();
    } else {
      await reopen(op.do === 'rebuild');
    }
  };

  try {
    for (const op of operations) await step(op);
    expect(showStores(stores.keyed, stores.timed)).toEqual(showModel(model));
    await reopen(false);
    expect(showStores(stores.keyed, stores.timed)).toEqual(showModel(committed));
  } finally {
    await state.close({ remove: true });
  }
};

test('stores over memory, changelog and disk show what plain maps show, whatever happens when', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(operation, { minLength: 1, maxLength: 150, size: 'max' }),
      fc.constantFrom(1, 2_000, 1_000_000),
      run,
    ),
    { numRuns: Number(process.env['STATE_RUNS'] ?? 30) },
  );
}, 120_000);
