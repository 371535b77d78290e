/** The places where a rule does not hold, each with the reason. An exception that no longer applies fails. */
export interface Exception {
  readonly rule: string;
  readonly path: string;
  /** Part of the finding's message; the whole file is excepted from the rule when absent. */
  readonly about?: string;
  readonly reason: string;
}

export const exceptions: readonly Exception[] = [];
