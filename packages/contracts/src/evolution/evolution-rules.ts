/**
 * The rules by which a change of schema breaks readers, each with its words. A rule is named from the
 * author's side (what was changed), and `breaks` says whose reading fails: `new` readers that meet old
 * records (BACKWARD), or `old` readers that meet new records (FORWARD).
 */
export type EvolutionRule =
  | 'field-added-without-default'
  | 'field-removed'
  | 'type-changed'
  | 'union-branch-removed'
  | 'union-branch-added'
  | 'enum-symbol-removed'
  | 'enum-symbol-added'
  | 'fixed-size-changed'
  | 'name-changed'
  | 'decimal-changed'
  | 'logical-type-changed'
  | 'promotion-rounds';

export interface EvolutionProblem {
  readonly rule: EvolutionRule;
  /** Field names from the record, e.g. `stops[].iata`; empty for the record itself. */
  readonly path: string;
  readonly message: string;
  readonly remedy: string;
}

export type Direction = 'backward' | 'forward';

const whoBreaks: Readonly<Record<Direction, string>> = {
  backward: 'consumers with the new schema fail on records written before the change',
  forward: 'consumers that still have the old schema fail on new records',
};

export const evolutionProblem = (
  rule: EvolutionRule,
  path: string,
  direction: Direction,
  change: string,
  remedy: string,
): EvolutionProblem => ({ rule, path, message: `${change}: ${whoBreaks[direction]}.`, remedy });

/** A change that Avro takes and that still falsifies every value read across it. */
export const corruptionProblem = (
  rule: 'logical-type-changed' | 'decimal-changed',
  path: string,
  change: string,
  remedy: string,
): EvolutionProblem => ({
  rule,
  path,
  message: `${change}: consumers on either side of the change read wrong values, without an error.`,
  remedy,
});
