import { expect, test } from 'vitest';
import { mayLand, parseStreamGate } from './stream-gate.ts';

test('a gate is read back as it was written; what is none is nothing', () => {
  const gate = { state: 'stopped', reason: 'bad rows', by: 'rule:codes', atMs: 5 } as const;
  expect(parseStreamGate(JSON.stringify(gate))).toEqual(gate);
  for (const text of ['', 'null', '[]', '{"state":"ajar"}', JSON.stringify({ ...gate, by: 1 })])
    expect(parseStreamGate(text)).toBeUndefined();
});

test('a quarantine holds a stream at its door; one without a door is held before the warehouse', () => {
  expect([mayLand('quarantine', true), mayLand('quarantine', false)]).toEqual([true, false]);
  expect([mayLand('stopped', true), mayLand('open', false)]).toEqual([false, true]);
});
