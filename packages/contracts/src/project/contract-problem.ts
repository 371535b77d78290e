/** One thing wrong with a project's contract files, told to the person who edits them. */
export interface ContractProblem {
  /** As given to `parseProject`. */
  readonly file: string;
  /** From 1; absent when the problem is the file itself. */
  readonly line?: number;
  readonly column?: number;
  /** The place in the document, e.g. `schema[departed].properties[delay_minutes].logicalType`. */
  readonly field?: string;
  /** Stable word for machines, e.g. `unknown-word`. */
  readonly rule: string;
  readonly message: string;
  readonly remedy: string;
}

/** `file:line: field: message [rule] remedy`, the form that editors make clickable. */
export const formatProblem = (problem: ContractProblem): string => {
  const position = problem.line === undefined ? '' : `:${problem.line}`;
  const field = problem.field === undefined || problem.field === '' ? '' : ` ${problem.field}:`;
  return `${problem.file}${position}:${field} ${problem.message} [${problem.rule}] ${problem.remedy}`;
};
