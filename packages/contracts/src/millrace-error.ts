import type { ErrorCode } from './error-codes.ts';

/**
 * The one exception class of the platform. Expected outcomes are values; this is for what stops an
 * operation. `retryable` is decided where the cause is known (at the driver) and carried from there.
 */
export class MillraceError extends Error {
  override readonly name = 'MillraceError';
  readonly code: ErrorCode;
  /** True: the same call may succeed later. False: it never will without a change. */
  readonly retryable: boolean;

  constructor(
    code: ErrorCode,
    message: string,
    options: { retryable?: boolean; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}
