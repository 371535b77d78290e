/**
 * Whether a request asks to be answered when its events are queryable, and for how long it would wait:
 * `?wait=queryable&timeout=5s`, or `Prefer: wait=5` (RFC 7240 §4.3).
 */
export interface WaitRequest {
  readonly timeoutMs: number;
  /** What the answer's Preference-Applied says. */
  readonly preference?: string;
}

export interface WaitFault {
  readonly fault: string;
}

const defaultTimeoutMs = 10_000;
const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

/**
 * Undefined: it does not ask. A bound above `waitMaxMs` is that bound; a preference that is not understood is none,
 * as RFC 7240 has it, while a parameter that is not understood is a fault.
 */
export const waitRequestOf = (
  query: Readonly<Record<string, unknown>>,
  prefer: string | readonly string[] | undefined,
  waitMaxMs: number,
): WaitRequest | WaitFault | undefined => {
  const { wait, timeout } = query;
  if (wait === undefined) return preferenceOf(prefer, waitMaxMs);
  if (wait !== 'queryable')
    return { fault: `wait=${String(wait).slice(0, 40)} is not known; there is wait=queryable.` };
  if (timeout === undefined) return { timeoutMs: Math.min(defaultTimeoutMs, waitMaxMs) };
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m)?$/.exec(String(timeout));
  if (match === null)
    return { fault: `timeout=${String(timeout).slice(0, 40)} is not a duration such as 5s.` };
  const timeoutMs = Number(match[1]) * unitsMs[match[2] ?? 's']!;
  return { timeoutMs: Math.min(timeoutMs, waitMaxMs) };
};

const preferenceOf = (
  prefer: string | readonly string[] | undefined,
  waitMaxMs: number,
): WaitRequest | undefined => {
  if (prefer === undefined) return undefined;
  const text = typeof prefer === 'string' ? prefer : prefer.join(',');
  const seconds = /(?:^|[,;])\s*wait\s*=\s*"?(\d{1,9})"?\s*(?:$|[,;])/i.exec(text)?.[1];
  if (seconds === undefined) return undefined;
  const timeoutMs = Math.min(Number(seconds) * 1000, waitMaxMs);
  return { timeoutMs, preference: `wait=${timeoutMs / 1000}` };
};
