/**
 * From the fates of events to an HTTP answer: 202 all accepted, 207 some, else the problem that the events
 * share (422 for invalid ones, 503 when Kafka is away).
 */
import type { EventFate } from '../event-request.ts';
import type { IngestResult } from '../pipeline.ts';
import { problem, problemMediaType, retryAfterSeconds, statusOf } from './problem.ts';

export interface Answer {
  readonly status: number;
  readonly mediaType: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>>;
  /** The body as it is sent, where that is known. */
  readonly text?: string;
  /** All its header fields, where they are known. */
  readonly fields?: Record<string, string>;
}

/** What nearly every answer to a request with one event is. */
const oneAccepted: Answer = {
  status: 202,
  mediaType: 'application/json',
  headers: {},
  body: { accepted: 1 },
  text: '{"accepted":1}',
  fields: { 'content-type': 'application/json; charset=utf-8', 'content-length': '14' },
};

const isOneNew = (fates: readonly EventFate[]): boolean => {
  const fate = fates[0];
  return fates.length === 1 && fate?.status === 'accepted' && !fate.duplicate && !fate.spooled;
};

type Rejected = Extract<EventFate, { status: 'rejected' }>;

/** @param queryable what came of waiting, for a request that waited */
export const answerTo = (result: IngestResult, queryable?: boolean): Answer => {
  if (result.kind === 'refused') {
    const { code, message, quarantined } = result.refusal;
    return problemAnswer(problem(code, message, quarantined === undefined ? {} : { quarantined }));
  }
  const { fates, ids } = result;
  if (queryable === undefined && isOneNew(fates)) return oneAccepted;
  const refused: Rejected[] = [];
  let duplicates = 0;
  let spooled = 0;
  for (const fate of fates) {
    if (fate.status === 'rejected') refused.push(fate);
    else if (fate.duplicate) duplicates += 1;
    else if (fate.spooled) spooled += 1;
  }
  const accepted = fates.length - refused.length;
  const counts = {
    accepted,
    ...(duplicates === 0 ? {} : { duplicates }),
    ...(spooled === 0 ? {} : { spooled }),
    ...(queryable === undefined ? {} : { queryable }),
  };
  // With the waiting done, what was asked for is done, not only accepted.
  const taken = queryable === true ? 200 : 202;
  // Counts say it all where one thing became of all of them.
  const isAlike = duplicates + spooled === 0 || [duplicates, spooled].includes(fates.length);
  if (refused.length === 0 && isAlike) return json(taken, counts);
  const results = fates.map((fate, index) => {
    const id = ids?.[index];
    return id === undefined ? { index, ...fate } : { index, id, ...fate };
  });
  if (refused.length === 0) return json(taken, { ...counts, results });
  if (accepted > 0) return json(207, { ...counts, rejected: refused.length, results });
  return allRefused(refused, results);
};

/** A problem as an answer; one that passes says when to come back. */
export const problemAnswer = (
  body: ReturnType<typeof problem>,
  headers: Answer['headers'] = {},
): Answer => ({
  status: body.status,
  mediaType: problemMediaType,
  headers: {
    ...([429, 503].includes(body.status) && { 'retry-after': String(retryAfterSeconds) }),
    ...headers,
  },
  body,
});

const json = (status: number, body: Answer['body']): Answer => ({
  status,
  mediaType: 'application/json',
  headers: {},
  body,
});

/** The gravest status speaks for all: a client that can cure its request by waiting must learn so. */
const allRefused = (refused: readonly Rejected[], results: readonly unknown[]): Answer => {
  const speaker = refused.reduce((gravest, fate) =>
    statusOf(fate.code) > statusOf(gravest.code) ? fate : gravest,
  );
  const detail =
    refused.length === 1
      ? speaker.message
      : `All ${refused.length} events were refused; the first: ${speaker.message}`;
  return problemAnswer(problem(speaker.code, detail, { results }));
};
