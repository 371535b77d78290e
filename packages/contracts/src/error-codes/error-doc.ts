/** What a person needs to act on an error: what happened, why it happens, what to do. */
export interface ErrorDoc {
  readonly summary: string;
  readonly cause: string;
  readonly remedy: string;
}
