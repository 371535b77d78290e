import type { Outcome } from './outcome.ts';

/**
 * One verb of a pipeline. Made by a factory that holds its dependencies, and returned as a *named*
 * function, so that the name shows in stack traces and in the outcome that ends a record's way:
 * `createParseStep(options) => function parseStep(input) { … }`.
 * A step answers synchronously when it can: a promise per record is the dearest thing in a fast flow.
 */
export type Step<In, Out, Output extends string = string> = (
  input: In,
) => Outcome<Out, Output> | Promise<Outcome<Out, Output>>;

/** A step that never waits. */
export type SyncStep<In, Out, Output extends string = string> = (input: In) => Outcome<Out, Output>;
