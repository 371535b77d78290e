/**
 * One difference between the contracts and a running system. Plans are lists of steps: made by pure
 * functions here, carried out elsewhere.
 *
 * create       something is missing and will be made
 * alter        an existing thing changes without touching data
 * destructive  the change loses or reorders data; done only when it is asked for by name
 * refused      the change cannot be done in place at all; `way` says how to reach it
 * unchanged    files and system agree
 */
export type StepKind = 'create' | 'alter' | 'destructive' | 'refused' | 'unchanged';

export interface PlanStep<Action> {
  readonly kind: StepKind;
  readonly target: 'topic' | 'subject' | 'table' | 'view' | 'dictionary' | 'migration';
  readonly name: string;
  /** What a person reads, e.g. `add column terminal Nullable(String)`. */
  readonly line: string;
  /** How to get there all the same; on destructive and refused steps. */
  readonly way?: string;
  /** What carries it out; absent on unchanged and refused steps. */
  readonly action?: Action;
}
