/** One rejected event to the door again, as its sender would: the door's own checks decide. */
import { setTimeout as sleep } from 'node:timers/promises';
import { MillraceError } from '@millrace/contracts';
import type { RejectedEvent } from './rejected-rows.ts';

export interface Door {
  /** Root of the event port. */
  readonly url: string;
  /** A key of the door, where it asks for one. */
  readonly key?: string;
}

export interface Fate {
  /** `rejected_not_kept`: refused again, and the door kept no new rejection, so this one stays open. */
  readonly outcome: 'accepted' | 'duplicate' | 'rejected' | 'rejected_not_kept';
  readonly code: string | null;
}

/** Not sent, and why: it stays open. */
export interface Unsent {
  readonly outcome: 'not_sent';
  readonly code: string;
}

/** What the door has against all events of one stream, and against no other: its contract is gone, the key is not for it, it is shut. */
const ofTheStream: readonly (string | undefined)[] = [
  ...['ingest.stream-unknown', 'ingest.scope-missing', 'ingest.stream-stopped'],
];

const triesMax = 20;
const answerTimeoutMs = 60_000;

/** What the event is sent with. Its id is its own, or made of the rejection's, so that a second sending is a repeat. */
export const redriveHeaders = (
  event: Pick<
    RejectedEvent,
    | 'attempt'
    | 'mediaType'
    | 'position'
    | 'eventId'
    | 'idempotencyKey'
    | 'source'
    | 'type'
    | 'time'
    | 'extensions'
    | 'rejectionId'
  >,
): Record<string, string> => {
  const headers: Record<string, string> = {
    'content-type': event.mediaType,
    'millrace-attempt': String(event.attempt + 1),
  };
  const made = `redrive/${event.rejectionId}`;
  if (event.position === null) headers['idempotency-key'] = event.idempotencyKey ?? made;
  // A structured CloudEvent says all this itself.
  if (event.mediaType.startsWith('application/cloudevents')) return headers;
  if (event.position !== null) headers['ce-id'] = headerText(event.eventId ?? made);
  if (event.source !== null) headers['ce-source'] = headerText(event.source);
  if (event.type !== null) headers['ce-type'] = headerText(event.type);
  if (event.time !== null) headers['ce-time'] = headerText(event.time);
  const extensions = JSON.parse(event.extensions ?? '{}') as Record<string, string>;
  for (const [name, value] of Object.entries(extensions))
    headers[name.replace('_', '-')] = headerText(value);
  return headers;
};

/** Percent-encoded where a header cannot have it. Source: CloudEvents HTTP protocol binding 1.0.2, §3.1.3.2. */
const headerText = (text: string): string =>
  text.replace(/[^\x21\x23\x24\x26-\x7e]/gu, (character) => encodeURIComponent(character));

/**
 * Sends it, patiently while the door is busy. Throws `ingest.redrive-stopped` when the door cannot be reached, stays
 * busy, or does not let the command in. What it has against the stream alone is no reason to send no others.
 */
export const sendAgain = async (
  door: Door,
  event: RejectedEvent,
  content: Buffer<ArrayBuffer>,
): Promise<Fate | Unsent> => {
  const [domain, name] = event.stream.split('.');
  const headers = {
    ...redriveHeaders(event),
    ...(door.key === undefined ? {} : { authorization: `Bearer ${door.key}` }),
  };
  for (let tries = 1; ; tries += 1) {
    const response = await fetch(`${door.url}/v1/events/${domain}/${name}`, {
      method: 'POST',
      headers,
      body: content,
      signal: AbortSignal.timeout(answerTimeoutMs),
    }).catch((cause: unknown) => {
      throw stopped(`${door.url} does not answer`, cause);
    });
    const answer = (await response.json().catch(() => ({}))) as DoorAnswer;
    const fate = fateOf(response.status, answer);
    if (fate !== undefined) return fate;
    if (answer.code !== undefined && ofTheStream.includes(answer.code))
      return { outcome: 'not_sent', code: answer.code };
    const isBusy = response.status === 429 || response.status === 503;
    if (!isBusy || tries === triesMax)
      throw stopped(
        `the door answers ${response.status} ${answer.code ?? ''}: ${answer.detail ?? ''}`,
      );
    await sleep(1000 * Number(response.headers.get('retry-after') ?? 1));
  }
};

interface DoorAnswer {
  readonly accepted?: number;
  readonly duplicates?: number;
  readonly rejected?: number;
  readonly code?: string;
  readonly detail?: string;
  readonly quarantined?: boolean;
  readonly results?: readonly {
    readonly status: string;
    readonly code?: string;
    readonly quarantined?: boolean;
  }[];
}

/** Undefined when the event itself was not judged. */
export const fateOf = (status: number, answer: DoorAnswer): Fate | undefined => {
  if (status >= 200 && status < 300 && answer.rejected === undefined) {
    const isRepeat = answer.duplicates !== undefined && answer.duplicates === answer.accepted;
    return { outcome: isRepeat ? 'duplicate' : 'accepted', code: null };
  }
  const refused = answer.results?.filter((result) => result.status === 'rejected') ?? [];
  const isJudged = [207, 400, 413, 415, 422].includes(status);
  if (!isJudged) return undefined;
  const isKept =
    refused.length > 0 ? refused.every(({ quarantined }) => quarantined) : answer.quarantined;
  const code = answer.code ?? refused[0]?.code ?? null;
  return { outcome: isKept === true ? 'rejected' : 'rejected_not_kept', code };
};

const stopped = (reason: string, cause?: unknown) =>
  new MillraceError('ingest.redrive-stopped', reason, { cause });
