import type { Flow } from '../flow.ts';
import type { Operator, OperatorContext, OperatorSpec } from '../operator.ts';
import type { RecordInfo } from '../record-info.ts';

/** What an asynchronous function is told beside the value. */
export interface EnrichInfo extends RecordInfo {
  /** Aborted when the answer comes too late to be used. */
  readonly signal: AbortSignal;
}

export interface EnrichLimits {
  /** Calls under way at once, in one task. */
  readonly inFlight: number;
  /** How long one call may take. */
  readonly timeoutMs: number;
}

type Look = (value: unknown, info: EnrichInfo) => Promise<unknown>;

interface Pending {
  readonly flow: Flow;
  readonly origin: unknown;
  answer?: Promise<{ readonly value: unknown } | { readonly error: unknown }>;
}

/**
 * One record for one by an asynchronous function. Calls overlap; results are handed on in the order in which
 * the records came, before the commit that covers them. A record whose call fails leaves the flow alone.
 */
export const enrichOperator = <V, W>(
  look: (value: V, info: EnrichInfo) => Promise<W>,
  limits: EnrichLimits,
): OperatorSpec => ({
  kind: 'enrich',
  oneForOne: true,
  isAsynchronous: true,
  create: (context) => runEnrich(look as Look, limits, context),
});

const runEnrich = (
  look: Look,
  { inFlight, timeoutMs }: EnrichLimits,
  { emit, failed, origin, resume }: OperatorContext,
): Operator => {
  let pending: Pending[] = [];
  let begun = 0;
  let underWay = 0;

  const beginMore = (): void => {
    while (underWay < inFlight && begun < pending.length) {
      const next = pending[begun]!;
      begun += 1;
      underWay += 1;
      next.answer = answerOf(look, next.flow, timeoutMs).finally(() => {
        underWay -= 1;
        beginMore();
      });
    }
  };

  return {
    process(flow) {
      pending.push({ flow, origin: origin() });
      beginMore();
    },
    async settle() {
      for (let at = 0; at < pending.length; at += 1) {
        const { flow, answer, origin: from } = pending[at]!;
        // Begun by then: all before it have been answered, and at least one call may be under way.
        const result = await answer!;
        resume(from);
        if ('error' in result) failed(flow, result.error, from);
        else emit({ ...flow, value: result.value });
        resume(undefined);
      }
      pending = [];
      begun = 0;
    },
    isSettled: () => pending.length === 0,
  };
};

/** Never rejects: an answer of an error is judged when its turn comes. */
const answerOf = async (
  look: Look,
  { key, value, timeMs }: Flow,
  timeoutMs: number,
): Promise<{ readonly value: unknown } | { readonly error: unknown }> => {
  const abort = new AbortController();
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const error = new Error(`no answer within ${timeoutMs} ms`);
    abort.abort(error);
    late.reject(error);
  }, timeoutMs);
  try {
    const call = look(value, { key, timeMs, signal: abort.signal });
    return { value: await Promise.race([call, late.promise]) };
  } catch (error) {
    return { error };
  } finally {
    clearTimeout(timer);
  }
};
