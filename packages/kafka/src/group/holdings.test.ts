import { expect, it } from 'vitest';
import { createHoldings } from './holdings.ts';

const [zero, one] = [
  { topic: 'a', partition: 0 },
  { topic: 'a', partition: 1 },
];

it('what was held stays the same holding, and what comes later has a term of its own', () => {
  const holdings = createHoldings();
  holdings.hold([zero]);
  expect(holdings.find(zero)!.term).toBeUndefined();
  const first = holdings.beginTerm();
  expect(first.added).toMatchObject([zero]);
  holdings.hold([zero, one]);
  const second = holdings.beginTerm();
  expect(second.added).toMatchObject([one]);
  expect(holdings.find(zero)).toBe(first.added[0]);
  expect([holdings.find(zero)!.term, holdings.find(one)!.term]).toEqual([first.term, second.term]);
});

it('what was dropped and comes back is another holding', () => {
  const holdings = createHoldings();
  holdings.hold([zero]);
  const [before] = holdings.beginTerm().added;
  expect(holdings.drop([zero, one])).toEqual([before]);
  holdings.hold([zero]);
  expect(holdings.isHeld(before!)).toBe(false);
  expect(holdings.isHeld(holdings.find(zero)!)).toBe(true);
});

it('a term ends when the last of it was dropped', () => {
  const holdings = createHoldings();
  holdings.hold([zero, one]);
  const { term } = holdings.beginTerm();
  holdings.drop([zero]);
  expect(term.signal.aborted).toBe(false);
  holdings.drop([one]);
  expect(term.signal.aborted).toBe(true);
});
