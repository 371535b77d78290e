/** Steps in a row; not concurrency, batching or ordering, which belong to the service that knows its source. */
import type { Outcome } from './outcome.ts';
import type { Step, SyncStep } from './step.ts';

/**
 * Steps in a row, flat, one a line. The first outcome that is not `ok` ends the row and carries the name
 * of the step that gave it. Composing synchronous steps gives a synchronous step.
 */
export function compose<A, B>(a: SyncStep<A, B>): SyncStep<A, B>;
export function compose<A, B, C>(a: SyncStep<A, B>, b: SyncStep<B, C>): SyncStep<A, C>;
export function compose<A, B, C, D>(
  a: SyncStep<A, B>,
  b: SyncStep<B, C>,
  c: SyncStep<C, D>,
): SyncStep<A, D>;
export function compose<A, B, C, D, E>(
  a: SyncStep<A, B>,
  b: SyncStep<B, C>,
  c: SyncStep<C, D>,
  d: SyncStep<D, E>,
): SyncStep<A, E>;
export function compose<A, B, C, D, E, F>(
  a: SyncStep<A, B>,
  b: SyncStep<B, C>,
  c: SyncStep<C, D>,
  d: SyncStep<D, E>,
  e: SyncStep<E, F>,
): SyncStep<A, F>;
export function compose<A, B, C, D, E, F, G>(
  a: SyncStep<A, B>,
  b: SyncStep<B, C>,
  c: SyncStep<C, D>,
  d: SyncStep<D, E>,
  e: SyncStep<E, F>,
  f: SyncStep<F, G>,
): SyncStep<A, G>;
export function compose<A, B>(a: Step<A, B>): Step<A, B>;
export function compose<A, B, C>(a: Step<A, B>, b: Step<B, C>): Step<A, C>;
export function compose<A, B, C, D>(a: Step<A, B>, b: Step<B, C>, c: Step<C, D>): Step<A, D>;
export function compose<A, B, C, D, E>(
  a: Step<A, B>,
  b: Step<B, C>,
  c: Step<C, D>,
  d: Step<D, E>,
): Step<A, E>;
export function compose<A, B, C, D, E, F>(
  a: Step<A, B>,
  b: Step<B, C>,
  c: Step<C, D>,
  d: Step<D, E>,
  e: Step<E, F>,
): Step<A, F>;
export function compose<A, B, C, D, E, F, G>(
  a: Step<A, B>,
  b: Step<B, C>,
  c: Step<C, D>,
  d: Step<D, E>,
  e: Step<E, F>,
  f: Step<F, G>,
): Step<A, G>;
/** The overloads above keep each step's types. */
export function compose(...steps: AnyStep[]): AnyStep {
  return function pipeline(input) {
    return runFrom(steps, 0, input);
  };
}

/** The overloads above keep each step's types; inside the row a value is only handed on. */
type AnyStep = Step<unknown, unknown>;

const runFrom = (
  steps: readonly AnyStep[],
  first: number,
  input: unknown,
): Outcome<unknown> | Promise<Outcome<unknown>> => {
  let value = input;
  for (let index = first; index < steps.length; index += 1) {
    const step = steps[index] as AnyStep;
    const outcome = step(value);
    if (outcome instanceof Promise) return runAfter(outcome, steps, index);
    if (outcome.kind !== 'ok') return namedAfter(step, outcome);
    value = outcome.value;
  }
  return { kind: 'ok', value };
};

/** Apart, so that the loop has no closure: V8 would make a context for each step of each record. */
const runAfter = async (
  waiting: Promise<Outcome<unknown>>,
  steps: readonly AnyStep[],
  index: number,
): Promise<Outcome<unknown>> => {
  const settled = await waiting;
  return settled.kind === 'ok'
    ? runFrom(steps, index + 1, settled.value)
    : namedAfter(steps[index]!, settled);
};

/** An inner row has named the step already; the innermost name is the useful one. */
const namedAfter = (step: AnyStep, outcome: Outcome<unknown>): Outcome<unknown> =>
  outcome.kind === 'ok' || outcome.step !== undefined || step.name === ''
    ? outcome
    : { ...outcome, step: step.name };
