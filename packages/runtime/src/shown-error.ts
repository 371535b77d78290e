/**
 * An error as logs and standard error may show it: its words, where it was thrown, its code and its causes. Nothing else that a library
 * hung onto it: drivers keep whole addresses, headers and rows there.
 */

export interface ShownError {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string | number;
  readonly retryable?: boolean;
  readonly cause?: ShownError;
  /** Of an AggregateError: several attempts that failed. */
  readonly errors?: readonly ShownError[];
}

const CAUSES_MAX = 8;

/** The text without the user part of addresses: that is where passwords are. */
export const withoutCredentials = (text: string): string =>
  text.replace(/(\w:\/\/)[^/\s@"'<>]+@/g, '$1(hidden)@');

/** Never throws. What is no error is shown by its kind alone. */
export const shownError = (error: unknown, depth = 0): ShownError => {
  if (!(error instanceof Error)) {
    const message = typeof error === 'string' ? withoutCredentials(error) : '';
    return { type: error === null ? 'null' : typeof error, message };
  }
  const { code, retryable } = error as { code?: unknown; retryable?: unknown };
  const isDeep = depth >= CAUSES_MAX;
  return {
    type: error.name,
    message: withoutCredentials(String(error.message)),
    ...(error.stack !== undefined && { stack: withoutCredentials(error.stack) }),
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    ...(typeof retryable === 'boolean' && { retryable }),
    ...(error.cause instanceof Error && !isDeep && { cause: shownError(error.cause, depth + 1) }),
    ...(error instanceof AggregateError &&
      !isDeep && { errors: error.errors.map((one: unknown) => shownError(one, depth + 1)) }),
  };
};

/** For a person: the stack, and those of the causes. */
export const errorText = (error: unknown): string => {
  const { type, message, stack, cause } = shownError(error);
  const own = stack ?? `${type}: ${message}`;
  return cause === undefined ? own : `${own}\nCaused by: ${cause.stack ?? cause.message}`;
};
