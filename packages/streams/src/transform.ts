import { type Sources, sourcesOf } from './dsl/sources.ts';
import type { Migrations } from './evolution/migrations.ts';
import type { Graph } from './graph/graph.ts';
import { createGraphBuilder } from './graph/graph-builder.ts';

/** A transform as its file exports it. */
export interface Transform {
  /** `transform` marks the value among others that a file may export. */
  readonly kind: 'transform';
  readonly name: string;
  readonly options: TransformOptions;
  readonly graph: Graph;
}

export interface TransformOptions {
  /**
   * Raised by hand when state means something else now; what becomes of the old state then is `onChange`.
   * 1 when left out.
   */
  readonly version?: number;
  /**
   * What becomes of the state of a lower version. `refuse`: the transform does not start. `reset`: it goes on
   * where it stood, with empty state. `replay`: it begins anew with the first record that its sources hold.
   * `migrate`: it goes on with its state, the values of these stores rewritten. `refuse` when left out.
   */
  readonly onChange?: 'refuse' | 'reset' | 'replay' | { readonly migrate: Migrations };
  /** `exactly_once` when left out. */
  readonly guarantee?: 'exactly_once' | 'at_least_once';
  /** What becomes of a record for which a function threw; `dead_letter` when left out. */
  readonly onError?: 'dead_letter' | 'halt';
  /** Instances besides the active one that keep a task's state at hand; 0 when left out. */
  readonly standbys?: number;
}

/**
 * Declares a transform: the default export of a file in `transforms/`. The function builds the graph once;
 * it must not read anything that changes. Throws `transform.invalid`.
 */
export const transform = (
  name: string,
  build: (sources: Sources) => void,
  options: TransformOptions = {},
): Transform => {
  const graph = createGraphBuilder();
  build(sourcesOf(graph));
  return { kind: 'transform', name, options, graph: graph.build() };
};
