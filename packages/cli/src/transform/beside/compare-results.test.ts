import { compileWriter, frame } from '@millrace/avro';
import { expect, test } from 'vitest';
import { compareResults, differencesText, type Results } from './compare-results.ts';

const schemaText = JSON.stringify({
  ...{ type: 'record', name: 'r' },
  fields: [{ name: 'n', type: 'int' }],
});
const write = compileWriter(schemaText);
const value = (n: number | null) => (n === null ? null : frame(1, write({ n })).subarray(5));

const results = (topic: string, ...told: readonly (readonly [string | null, number | null])[]) => {
  const byKey = new Map<string, { key: string | null; value: Buffer | null }[]>();
  for (const [key, n] of told) {
    const id = key ?? `value ${n}`;
    byKey.set(id, [...(byKey.get(id) ?? []), { key, value: value(n) }]);
  }
  return { topic, records: told.length, byKey } satisfies Results;
};

test('results are compared one by one where a key has as many of them, else by the newest; the first differences are shown', () => {
  const live = results(
    'a',
    ['x', 1],
    ['x', 2],
    ['y', 1],
    ['y', 5],
    ['z', 3],
    ['gone', null],
    [null, 7],
  );
  const side = results(
    'b',
    ['x', 1],
    ['x', 3],
    ['y', 5],
    ['w', 4],
    ['gone', 1],
    [null, 7],
    [null, 7],
  );
  const found = compareResults(live, side, { schemaText }, 2);
  expect(found).toEqual({
    live: { topic: 'a', records: 7 },
    side: { topic: 'b', records: 7 },
    ...{ equal: 3, different: 2, onlyLive: 1, onlySide: 1 },
    first: [
      { key: 'gone', live: null, side: { n: 1 } },
      { key: 'w', live: undefined, side: { n: 4 } },
    ],
  });
  expect(differencesText(found)).toBe(`b: 7 records, 7 in a.
  3 alike, 2 different, 1 only there, 1 only here.
  gone: gone → {"n":1}
  w: nothing → {"n":4}`);
});
