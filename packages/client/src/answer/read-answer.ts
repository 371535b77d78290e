/** From the door's answer to what it means for each event of a batch. Sending and waiting are elsewhere. */
import type { FieldProblem, Rejected, Taken } from '../event-result.ts';
import { retryAfterMs } from './retry-delay.ts';

/** What an attempt comes to. */
export type Outcome =
  /** A fate for each event; `undefined` for those that must be sent again. */
  | {
      readonly kind: 'fates';
      readonly fates: readonly (Taken | Rejected | undefined)[];
      readonly askedMs?: number;
      readonly cause: string;
    }
  /** Nothing came of it. `open`: the events may have been written all the same. */
  | {
      readonly kind: 'failed';
      readonly cause: string;
      readonly open: boolean;
      readonly askedMs?: number;
      /** Tried a bounded number of times: it may never pass. */
      readonly stubborn?: Rejected;
    }
  /** The door takes fewer at once. */
  | { readonly kind: 'too-large'; readonly refusal: Rejected }
  /** The door does not read gzip. */
  | { readonly kind: 'no-gzip' };

interface Fate {
  readonly index: number;
  readonly status: string;
  readonly code?: string;
  readonly message?: string;
  readonly duplicate?: boolean;
  readonly spooled?: boolean;
  readonly problems?: readonly FieldProblem[];
}

interface AnswerBody {
  readonly accepted?: number;
  readonly duplicates?: number;
  readonly spooled?: number;
  readonly code?: string;
  readonly detail?: string;
  readonly results?: readonly Fate[];
}

/**
 * Codes of single events whose cause passes; the whole batch is sent again under its key. The door names them alike:
 * something is away, is full, or is asked for more than it may give at once.
 */
const isPassing = (code: string | undefined): boolean =>
  code !== undefined && /^ingest\.(stopping|.*-(unavailable|full|exceeded))$/.test(code);

/** Statuses after which the same request may succeed: timeouts, early data, rate limits and servers in trouble. */
const passingStatuses: ReadonlySet<number> = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Reads an answer; `text` is its body. */
export const readAnswer = (
  status: number,
  retryAfter: string | null,
  text: string,
  events: number,
  nowMs: number,
): Outcome => {
  const body = parse(text);
  const askedMs = retryAfterMs(retryAfter, nowMs);
  const asked = askedMs === undefined ? {} : { askedMs };
  const said = body?.detail ?? `The server answered ${status}.`;
  const refusal: Rejected = {
    status: 'rejected',
    code: body?.code ?? `http.${status}`,
    message: said,
  };
  const cause = `${status} ${body?.code ?? ''}`.trim();
  if (body?.results !== undefined && (status < 300 || status === 422 || passing(body.results)))
    return { kind: 'fates', fates: fatesOf(body.results, events), cause, ...asked };
  // A captive portal answers 200 with a page: only the door's own words are an acceptance.
  if (status < 300 && body?.accepted === events)
    return { kind: 'fates', fates: counted(body, events), cause };
  if (status >= 200 && status < 300)
    return { kind: 'failed', cause: `${status}, and not the door's answer`, open: true, ...asked };
  if (status === 413) return { kind: 'too-large', refusal };
  if (status === 415 && body?.code === 'ingest.content-encoding-unsupported')
    return { kind: 'no-gzip' };
  if (passingStatuses.has(status)) {
    const stubborn = status === 500 ? { stubborn: refusal } : {};
    return { kind: 'failed', cause, open: status >= 500, ...asked, ...stubborn };
  }
  return { kind: 'fates', fates: new Array<Rejected>(events).fill(refusal), cause };
};

const parse = (text: string): AnswerBody | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
};

const passing = (results: readonly Fate[]): boolean => results.some(({ code }) => isPassing(code));

const fatesOf = (results: readonly Fate[], events: number): (Taken | Rejected | undefined)[] => {
  const fates = new Array<Taken | Rejected | undefined>(events).fill(undefined);
  for (const { index, status, code = 'ingest.internal', message = '', ...more } of results) {
    if (status !== 'rejected') fates[index] = taken(more);
    else if (!isPassing(code))
      fates[index] = {
        status: 'rejected',
        code,
        message,
        ...(more.problems === undefined ? {} : { problems: more.problems }),
      };
  }
  return fates;
};

const taken = ({ duplicate, spooled }: Pick<Fate, 'duplicate' | 'spooled'>): Taken => ({
  status: duplicate === true ? 'duplicate' : spooled === true ? 'spooled' : 'accepted',
});

/** An answer that counts and names none: when not all are alike, the weakest statement is made of all. */
const counted = ({ duplicates = 0, spooled = 0 }: AnswerBody, events: number): Taken[] => {
  const status = spooled > 0 ? 'spooled' : duplicates === events ? 'duplicate' : 'accepted';
  return new Array<Taken>(events).fill({ status });
};
