import type { PlanStep } from './plan-step.ts';

/** What a step on a table or view does; a step that is unchanged or refused does nothing. */
export type TableAction =
  | {
      readonly do: 'execute';
      readonly statement: string;
      /** Right after it, where the server takes no statement for both. */
      readonly afterwards?: string;
    }
  /** Begins or completes a rollup beside facts that are there; the statements lack the moment of the cut. */
  | {
      readonly do: 'cut-rollup' | 'fill-rollup';
      readonly statement: string;
      readonly seenStatement: string;
      readonly watchStatement: string;
      readonly rollup: string;
      readonly feed: string;
      readonly live: string;
      readonly seen: string;
      readonly watch: string;
      readonly source: string;
      readonly topic: string;
    }
  /** Removes a rollup: first what writes, then, when no insert writes any more, the tables. */
  | {
      readonly do: 'drop-rollup';
      readonly statement: string;
      readonly tablesStatement: string;
      readonly source: string;
    };

export type TableStep = PlanStep<TableAction>;

export const executeStatement = (
  statement: string,
  afterwards?: string,
): {
  readonly action: Extract<TableAction, { do: 'execute' }>;
} => ({
  action: { do: 'execute', statement, ...(afterwards === undefined ? {} : { afterwards }) },
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
