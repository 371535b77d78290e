import { MillraceError } from '@millrace/contracts';

/**
 * What a failed registry request means, from the library's error or from a status: one table. Whether a
 * subject may be absent is the caller's business: that is a 404 like any other here.
 */
export interface RegistryFailure {
  readonly status: number | undefined;
  readonly reason: string;
  /** The registry itself answered, with its own error document. */
  readonly answered: boolean;
}

/**
 * Turns whatever a registry call threw into a MillraceError. A 404 is `registry.unknown-schema` only when
 * the registry said so itself: a proxy's page or a wrong path must not send good records to a dead end.
 */
export const registryError = (what: string, cause: unknown): MillraceError => {
  if (cause instanceof MillraceError) return cause;
  const { status, reason, answered } = failureOf(cause);
  const message = `${what}: ${reason}`;
  if (answered && status === 404) {
    return new MillraceError('registry.unknown-schema', message, { cause });
  }
  if (answered && status === 409) {
    return new MillraceError('registry.incompatible', message, { cause });
  }
  const isForGood = status !== undefined && status < 500 && status !== 408 && status !== 429;
  return isForGood
    ? new MillraceError('registry.refused', message, { cause })
    : new MillraceError('registry.unavailable', message, { retryable: true, cause });
};

/** True for a 404 that the registry itself gave. */
export const isNotFound = (error: unknown): boolean =>
  error instanceof MillraceError && error.code === 'registry.unknown-schema';

/** True for a 409 of the registry: of a schema, it breaks its level; of anything else, another request was first. */
export const isConflict = (error: unknown): boolean =>
  error instanceof MillraceError && error.code === 'registry.incompatible';

/** Raised by our own requests; the library has its own class. */
export class RegistryResponseError extends Error implements RegistryFailure {
  override readonly name = 'RegistryResponseError';
  readonly status: number;
  readonly answered: boolean;
  get reason(): string {
    return this.message;
  }
  constructor(status: number, message: string, answered: boolean) {
    super(message);
    this.status = status;
    this.answered = answered;
  }
}

const failureOf = (cause: unknown): RegistryFailure => {
  if (cause instanceof RegistryResponseError) return cause;
  if (!(cause instanceof Error)) return { status: undefined, reason: 'failed', answered: false };
  const status = 'status' in cause && typeof cause.status === 'number' ? cause.status : undefined;
  if (status === undefined) return withoutStatus(cause);
  // The library puts its client name before the registry's message, and writes "Error, status N" when
  // the answer had none. It reports a broken connection as status 400 without a message.
  const reason = cause.message.replace(/^[^ ]* - /, '');
  const answered = !reason.startsWith('Error, status');
  if (!answered && status === 400) return { status: undefined, reason, answered };
  return { status, reason, answered };
};

/** A timeout, a broken connection (fetch), or the library's own check of the schema. */
const withoutStatus = (cause: Error): RegistryFailure => {
  const isTransport =
    cause.name === 'TimeoutError' ||
    cause.name === 'AbortError' ||
    cause.message === 'fetch failed';
  if (!isTransport) return { status: 422, reason: cause.message, answered: true };
  return {
    status: undefined,
    reason: cause.name === 'TimeoutError' ? 'no answer in time' : transportReason(cause),
    answered: false,
  };
};

/** fetch says why in its cause: `fetch failed (CERT_HAS_EXPIRED)`. */
const transportReason = ({ message, cause }: Error): string => {
  const code = (cause as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? `${message} (${code})` : message;
};
