/**
 * Questions that another instance can answer: passed on to it, once. Where it is, the group's leader has told every member
 * (`millrace-sticky`); what comes back is passed on as it is. It chooses nobody by itself and keeps no connections.
 */
import type { Ask, StateAnswer, StateQuestion } from './state-question.ts';

/** Set on a question that was passed on: whoever gets it does not pass it on again. */
export const FORWARDED_HEADER = 'millrace-forwarded';

export interface ForwardOptions {
  readonly ask: Ask;
  /** This instance, as the others know it. */
  readonly endpoint: string;
  /** Ms; an instance that is silent for longer is taken for gone. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 3_000;
const statuses: ReadonlySet<number> = new Set([200, 404, 421, 503]);

/** Answers out of this process when it can, else out of the one that has the task; `path`: the question as it was asked. */
export const createForwardingAsk =
  ({ ask, endpoint, timeoutMs = TIMEOUT_MS }: ForwardOptions) =>
  async (question: StateQuestion, path: string): Promise<StateAnswer> => {
    const own = await ask(question);
    if (own.status !== 421) return own;
    const { owner, standbys = [] } = own.body as {
      readonly owner?: string;
      readonly standbys?: readonly string[];
    };
    const others = [owner, ...(question.stale === true ? standbys : [])].filter(
      (url) => url !== undefined && url !== endpoint,
    );
    const { error: _elsewhere, ...where } = own.body;
    const soon = (error: string): StateAnswer => ({ status: 503, body: { ...where, error } });
    // The group has given it to this one, or to nobody yet.
    if (others.length === 0) return soon('the partition is changing hands');
    let failure: unknown;
    for (const url of others) {
      try {
        return await askOther(`${url}${path}`, timeoutMs);
      } catch (error) {
        failure = error;
      }
    }
    return soon(`${others.join(', ')}: ${reasonOf(failure)}`);
  };

const askOther = async (url: string, timeoutMs: number): Promise<StateAnswer> => {
  const response = await fetch(url, {
    headers: { [FORWARDED_HEADER]: '1' },
    signal: AbortSignal.timeout(timeoutMs),
    redirect: 'error',
  });
  const body: unknown = await response.json();
  const isAnswer = statuses.has(response.status) && typeof body === 'object' && body !== null;
  if (!isAnswer) throw new Error(`it answers ${response.status}`);
  return { status: response.status, body } as StateAnswer;
};

/** fetch says only that it failed; why is its cause. */
const reasonOf = (error: unknown): string => {
  const { message, cause } = error as Error;
  return cause instanceof Error && cause.message !== '' ? `${message} (${cause.message})` : message;
};
