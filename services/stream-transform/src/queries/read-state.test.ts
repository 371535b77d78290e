import {
  createMemoryKeyedStore,
  createMemoryTimedStore,
  type KeyedStoreSpec,
  type Stores,
  type TimedStoreSpec,
} from '@millrace/streams';
import { expect, test } from 'vitest';
import { readState } from './read-state.ts';
import { bestAnswer } from './state-question.ts';

const keyed: KeyedStoreSpec = {
  ...{ kind: 'keyed', name: 'k', shape: 'v1' },
  show: (value) => ({ shown: value }),
};
const timed: TimedStoreSpec = { kind: 'timed', name: 't', shape: 'v1' };

const stores = (): Stores => {
  const [byKey, byTime] = [createMemoryKeyedStore<number>(), createMemoryTimedStore<number>()];
  byKey.set('a', 7);
  for (let timeMs = 0; timeMs < 10; timeMs += 1) byTime.set(timeMs, timeMs % 2 ? 'odd' : 'even', 1);
  return { keyed: () => byKey as never, timed: () => byTime as never };
};
const ask = (key: string, more: object = {}) => ({
  ...{ transform: 'x', store: 's', key, limit: 100 },
  ...more,
});

test('a value is shown as its store shows it, and one that is not there is nothing', () => {
  expect(readState(keyed, stores(), ask('a'))).toEqual({ value: { shown: 7 } });
  expect(readState(keyed, stores(), ask('b'))).toBeUndefined();
});

test('of a store by time the entries of the key in the range come, as many as wanted', () => {
  const times = (question: object) => {
    const found = readState(timed, stores(), ask('odd', question));
    return (
      found && 'entries' in found && [found.entries.map(({ timeMs }) => timeMs), found.truncated]
    );
  };
  expect(times({})).toEqual([[1, 3, 5, 7, 9], false]);
  expect(times({ fromMs: 3, toMs: 7 })).toEqual([[3, 5], false]);
  expect(times({ limit: 2 })).toEqual([[1, 3], true]);
  expect(times({ fromMs: 20 })).toBeUndefined();
});

test('of several answers the one counts that knows most', () => {
  const [value, none, soon, elsewhere, unknown] = [
    { status: 200, body: {} },
    { status: 404, body: { partition: 1 } },
    { status: 503, body: {} },
    { status: 421, body: { partition: 1 } },
    { status: 404, body: {} },
  ] as const;
  expect(bestAnswer([elsewhere, value, soon])).toBe(value);
  expect(bestAnswer([elsewhere, none])).toBe(none);
  expect(bestAnswer([elsewhere, soon, unknown])).toBe(soon);
  expect(bestAnswer([unknown, elsewhere])).toBe(elsewhere);
});
