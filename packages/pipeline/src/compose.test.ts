import { expect, expectTypeOf, test } from 'vitest';
import { compose } from './compose.ts';
import { deadLetter, drop, type Outcome, ok, redirect } from './outcome.ts';
import type { SyncStep } from './step.ts';

/**
 * Chapter 1: a pipeline is a row of steps.
 * A step takes one value and answers with an outcome. These are the ones the examples use:
 */
function parseNumber(text: string): Outcome<number> {
  const value = Number(text);
  return Number.isNaN(value)
    ? deadLetter('example.not-a-number', `${text} is no number`)
    : ok(value);
}
function dropNegative(value: number): Outcome<number> {
  return value < 0 ? drop('negative') : ok(value);
}
function double(value: number): Outcome<number> {
  return ok(value * 2);
}
async function lookUp(value: number): Promise<Outcome<string>> {
  return ok(`#${value}`);
}

test('a value goes through the steps in order', () => {
  const pipeline = compose(parseNumber, dropNegative, double);
  expect(pipeline('21')).toEqual({ kind: 'ok', value: 42 });
});

test('the first outcome that is not ok ends the way and names its step', () => {
  const pipeline = compose(parseNumber, dropNegative, double);
  expect(pipeline('x')).toEqual({
    kind: 'dead-letter',
    code: 'example.not-a-number',
    reason: 'x is no number',
    step: 'parseNumber',
  });
  expect(pipeline('-1')).toEqual({ kind: 'drop', reason: 'negative', step: 'dropNegative' });
});

test('a step after the end is never called', () => {
  const calls: number[] = [];
  const record: SyncStep<number, number> = (value) => {
    calls.push(value);
    return ok(value);
  };
  compose(dropNegative, record)(-1);
  expect(calls).toEqual([]);
});

test('a redirect names an output, not a topic', () => {
  function sendLateElsewhere(): Outcome<string, 'late'> {
    return redirect('late', 'older than the grace period');
  }
  expect(compose(sendLateElsewhere)(undefined)).toMatchObject({ kind: 'redirect', output: 'late' });
});

test('steps that never wait make a pipeline that never waits', () => {
  const pipeline = compose(parseNumber, double);
  expectTypeOf(pipeline).toEqualTypeOf<SyncStep<string, number>>();
  expect(pipeline('1')).not.toBeInstanceOf(Promise);
});

test('one step that waits makes the whole row a promise, and the types follow', async () => {
  const pipeline = compose(parseNumber, lookUp);
  expectTypeOf(pipeline).parameter(0).toEqualTypeOf<string>();
  expect(await pipeline('7')).toEqual({ kind: 'ok', value: '#7' });
});

test('a step after a step that waits is skipped when that one stops the record', async () => {
  const refuse = async (): Promise<Outcome<number>> => drop('refused');
  expect(await compose(refuse, double)(undefined)).toEqual({
    kind: 'drop',
    reason: 'refused',
    step: 'refuse',
  });
});

test('a pipeline is itself a step, and the innermost name is kept', () => {
  const inner = compose(parseNumber, dropNegative);
  expect(compose(inner, double)('-3')).toMatchObject({ step: 'dropNegative' });
});

test('an exception is not a fate of the record: it passes through', () => {
  function broken(): Outcome<number> {
    throw new TypeError('a bug');
  }
  expect(() => compose(broken, double)(undefined)).toThrow('a bug');
});
