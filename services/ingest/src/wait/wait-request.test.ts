import { expect, test } from 'vitest';
import { waitRequestOf } from './wait-request.ts';

const of = (query: Record<string, unknown>, prefer?: string) =>
  waitRequestOf(query, prefer, 30_000);

test('a request that does not ask does not wait', () => {
  expect(of({})).toBeUndefined();
  expect(of({}, 'return=minimal')).toBeUndefined();
  expect(of({}, 'respond-async, await=5')).toBeUndefined();
});

test('the bound is a duration, seconds where it has no unit, and never above the door’s own', () => {
  const bound = (timeout?: string) => of({ wait: 'queryable', ...(timeout && { timeout }) });
  expect(bound()).toEqual({ timeoutMs: 10_000 });
  expect(bound('5')).toEqual({ timeoutMs: 5000 });
  expect(bound('250ms')).toEqual({ timeoutMs: 250 });
  expect(bound('1.5s')).toEqual({ timeoutMs: 1500 });
  expect(bound('10m')).toEqual({ timeoutMs: 30_000 });
});

test('a preference is taken among others, and said to be applied as it was', () => {
  expect(of({}, 'respond-async, wait=5')).toEqual({ timeoutMs: 5000, preference: 'wait=5' });
  expect(of({}, 'wait="100"')).toEqual({ timeoutMs: 30_000, preference: 'wait=30' });
});

test('a parameter that is not understood is told, a preference is passed over', () => {
  expect(of({ wait: 'true' })).toEqual({ fault: expect.stringContaining('wait=true') });
  for (const timeout of ['soon', '-5s', '5h', ''])
    expect(of({ wait: 'queryable', timeout })).toEqual({
      fault: expect.stringContaining('timeout'),
    });
  expect(of({}, 'wait=soon')).toBeUndefined();
});
