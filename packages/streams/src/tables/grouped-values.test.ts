import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMemoryKeyedStore } from '../stores/memory-keyed-store.ts';
import { groupedValues } from './grouped-values.ts';

const group = fc.constantFrom('', 'a', '1:a');
const member = fc.oneof(
  fc.constantFrom('', 'a', ':a'),
  fc.integer({ min: 0, max: 200 }).map(String),
);

test('grouped values are what a map of maps would be, and leave nothing behind', () => {
  const change = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), group, member, value: fc.integer() }),
    fc.record({ kind: fc.constant('delete' as const), group, member }),
  );
  fc.assert(
    fc.property(fc.array(change, { maxLength: 600 }), (changes) => {
      const store = createMemoryKeyedStore<unknown>();
      const grouped = groupedValues<number>(store);
      const expected = new Map(['', 'a', '1:a'].map((name) => [name, new Map<string, number>()]));
      for (const one of changes) {
        if (one.kind === 'set') {
          grouped.set(one.group, one.member, one.value);
          expected.get(one.group)!.set(one.member, one.value);
        } else {
          grouped.delete(one.group, one.member);
          expected.get(one.group)!.delete(one.member);
        }
      }
      for (const [name, members] of expected) {
        expect(new Map(grouped.of(name))).toEqual(members);
        for (const [key, value] of members) expect(grouped.get(name, key)).toBe(value);
        for (const key of members.keys()) grouped.delete(name, key);
      }
      expect(store.size).toBe(0);
    }),
    { numRuns: 40 },
  );
});
