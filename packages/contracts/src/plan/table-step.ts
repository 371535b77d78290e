import type { PlanStep } from './plan-step.ts';

/** A step on a table or view: one statement, or none when it is unchanged or refused. */
export interface TableAction {
  readonly do: 'execute';
  readonly statement: string;
}

export type TableStep = PlanStep<TableAction>;

export const executeStatement = (statement: string): { readonly action: TableAction } => ({
  action: { do: 'execute', statement },
});

/** Without what two spellings of one expression may differ in; the server prints intervals as functions. */
export const plainExpression = (expression: string): string =>
  expression
    .toLowerCase()
    .replaceAll(/\binterval\s+(\d+)\s+([a-z]+?)s?\b/g, 'tointerval$2($1)')
    .replaceAll(/[\s`()]/g, '');

/** True when two expressions differ at most in spaces, quotes of names, brackets and case. */
export const sameExpression = (left: string | undefined, right: string | undefined): boolean =>
  plainExpression(left ?? '') === plainExpression(right ?? '');
