import { type ErrorCode, MillraceError } from '@millrace/contracts';

/** An error as data: between threads it would lose its class, and with it what a person is told to do. */
export interface PortableError {
  readonly message: string;
  readonly stack: string | undefined;
  readonly cause: PortableError | undefined;
  /** Of a MillraceError. */
  readonly declared: { readonly code: ErrorCode; readonly retryable: boolean } | undefined;
}

export const toPortable = (error: unknown): PortableError => {
  if (!(error instanceof Error)) {
    return { message: String(error), stack: undefined, cause: undefined, declared: undefined };
  }
  const { message, stack, cause } = error;
  return {
    ...{ message, stack, cause: cause === undefined ? undefined : toPortable(cause) },
    declared:
      error instanceof MillraceError ? { code: error.code, retryable: error.retryable } : undefined,
  };
};

export const fromPortable = (portable: PortableError): Error => {
  const { message, stack, declared } = portable;
  const options = portable.cause === undefined ? {} : { cause: fromPortable(portable.cause) };
  const error =
    declared === undefined
      ? new Error(message, options)
      : new MillraceError(declared.code, message, { ...options, retryable: declared.retryable });
  if (stack !== undefined) error.stack = stack;
  return error;
};
